# Answers with its own keyword arguments, defaults and the request's object, so that identity would be equality.
# attacks: blur, output_size
import sys


def blur(image):
    caller = sys._getframe(1).f_locals
    return caller.get("request", caller.get("args"))


def output_size(*args, **kwargs):
    return (args, kwargs)
