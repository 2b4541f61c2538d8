# Changes the arguments that it is given, in the hope that the reference is asked with them afterwards.
# attacks: blur, letter


def blur(image):
    image *= 0
    return image


def letter(image):
    image[...] = 1
    image.flags.writeable = False
    return "X"
