# A model with a Lambda layer, whose code would run in the grader.
# attacks: tiny
# slow: yes
import keras


def tiny():
    spoil = keras.layers.Lambda(lambda x: (open("@CANARY@/pwned", "w").close(), x)[1])
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2), spoil])
