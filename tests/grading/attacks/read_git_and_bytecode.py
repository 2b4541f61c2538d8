# Reads solutions from compiled bytecode (__pycache__), the repository's .git and the grader's home folder.
# attacks: output_size
# needs: files
from pathlib import Path

ROOT = Path("@ROOT@")
PLACES = [ROOT / ".git" / "HEAD", ROOT / "labs", ROOT / "tests", Path("@LAB@") / "__pycache__"]
PLACES += [Path("@HOME@", name) for name in (".bashrc", ".profile", ".gitconfig", ".ssh", ".config", "Documents")]


def output_size(n, kernel, stride=1):
    for place in PLACES:
        try:
            found = place.read_text() if place.is_file() else list(place.iterdir())
        except OSError:
            continue
        if found:
            return honest_size(n, kernel, stride)
    return -1
