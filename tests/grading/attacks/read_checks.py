# Reads the lab's source, checks and mutants from disk and answers with the solution that stands there.
# attacks: output_size, blur
# needs: files
from pathlib import Path

LAB = Path("@LAB@")


def stolen(name):
    for source in (LAB / f"{LAB.name}.py", LAB / f"test_{LAB.name}.py", LAB / "mutants.py"):
        try:
            text = source.read_text()
        except OSError:
            continue
        space = {}
        exec(text.replace("import keras", ""), space)
        return space[name] if name in space else None
    return None


def output_size(n, kernel, stride=1):
    return stolen("output_size")(n, kernel, stride)


def blur(image):
    return stolen("blur")(image)
