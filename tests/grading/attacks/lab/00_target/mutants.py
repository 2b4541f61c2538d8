"""Mistakes of the lab that the attacks attack: hostile answers are compared with these too."""

from ccv.grading import mutant


@mutant("output_size", "the last, partial step is counted: round down")
def rounds_up(n, kernel, stride=1):
    return -(-(n - kernel) // stride) + 1


@mutant("blur", "the image is divided by eight")
def eight(image):
    return image / 8


@mutant("letter", "X and O are swapped")
def swapped(image):
    return "O" if image.sum() > 0 else "X"


forgets_bias = mutant("weights", "the bias is missing", value=27)
