# A forged list that names one array of 64 MB ten thousand times.
# attacks: output_size


def output_size(n, kernel, stride=1):
    import io

    import numpy as np

    file = io.BytesIO()
    np.save(file, np.zeros(2**23))
    forge(packed(status="ok", value={"list": [{"array": 1}] * 10**4}), file.getvalue())
