# A forged model of two layers with 10,000 million weights, which its owner never built.
# attacks: tiny
# slow: yes
import json


def dense(units, name):
    return {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"units": units, "name": name},
        "registered_name": None,
    }


def tiny():
    source = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 10**5]}}
    config = {"name": "big", "layers": [source, dense(10**5, "a"), dense(10**5, "b")]}
    model = {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}
    forge(packed(status="ok", value={"model": json.dumps(model), "weights": []}))
