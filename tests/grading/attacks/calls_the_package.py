# Calls the function of the package that does the exercise.
# attacks: output_size
from ccv.convolution import output_size as there


def output_size(n, kernel, stride=1):
    return there(n, kernel, stride)
