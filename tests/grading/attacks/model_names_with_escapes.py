# A wrong model whose name and layers' names are HTML, terminal escapes and spreadsheet formulas.
# attacks: tiny
# slow: yes
import keras


def tiny():
    evil = "\x1b[31m<img src=x onerror=alert(1)>=cmd|' calc'!A0"
    return keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, name=evil), keras.layers.Dense(4)], name=evil * 40
    )
