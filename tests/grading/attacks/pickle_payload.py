# Answers with pickles, objects with __reduce__, object arrays and an npy that holds one.
# attacks: output_size, blur, weights
import numpy as np


class Payload:
    def __reduce__(self):
        return eval, ("__import__('pathlib').Path('@CANARY@/pwned').write_text('x') and 55",)


def object_npy():
    import io

    file = io.BytesIO()
    np.save(file, np.array([Payload()], dtype=object), allow_pickle=True)
    return file.getvalue()


def output_size(n, kernel, stride=1):
    forge(packed(status="ok", value={"array": 1}), object_npy())
    return np.array(Payload(), dtype=object)


def blur(image):
    import pickle

    return pickle.dumps(Payload())


weights = Payload()
