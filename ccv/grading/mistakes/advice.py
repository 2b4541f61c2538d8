"""What an error of the student's code says about the mistake, in the words of the exercise and not of a library.

Python, NumPy and Keras tell what they could not do; the student asks why. Each sentence here is true of every code that
raises such an error, so none has to know the exercise.
"""

from __future__ import annotations

import re

from ccv.grading.mistakes.errors_keras import KERAS
from ccv.grading.mistakes.errors_python import PYTHON

_NOISE = re.compile(r"^Exception encountered when calling .*\n+|\n*Arguments received by [\s\S]*$", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def gist(message: str) -> str:
    """Return what an error says, without the page of arguments that Keras writes around it.

    >>> gist("Exception encountered when calling A.call().\\n\\nToo small.\\n\\nArguments received by A.call():\\n ...")
    'Too small.'
    """
    return _NOISE.sub("", _COLOUR.sub("", message)).strip()


def advice(message: str, code: str = "") -> str:
    """Return the sentence for an error message and the line that raised it, an empty one where there is none.

    >>> advice("not enough values to unpack (expected 3, got 1)")
    'the code counts on exactly 3 things here: may there be fewer of them, or more?'
    """
    for pattern, say in KERAS + PYTHON:
        if (found := re.search(pattern, message)) and (said := say if isinstance(say, str) else say(found, code)):
            return said
    return ""
