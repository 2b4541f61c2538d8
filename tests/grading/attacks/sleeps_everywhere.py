# Every exercise sleeps nearly as long as it may, some at their set-up: only the limit of the whole ends it.
# attacks: output_size, blur, weights, letter, tiny
# slow: yes
import time

time.sleep(40)


def output_size(n, kernel, stride=1):
    time.sleep(1.4)
    return 0


def blur(image):
    time.sleep(9)
    return image


weights = [time.sleep(8), 29][1]


def letter(image):
    time.sleep(0.6)
    return "Z"


def tiny():
    time.sleep(5)
