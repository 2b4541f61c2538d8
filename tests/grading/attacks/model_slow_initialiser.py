# A forged model whose orthogonal initialiser would factorise a 9,000 x 9,000 matrix before the weights are compared.
# attacks: tiny
# slow: yes
import json


def tiny():
    start = {"module": "keras.initializers", "class_name": "Orthogonal", "config": {}, "registered_name": None}
    layers = [
        {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 9000]}},
        {"module": "keras.layers", "class_name": "Dense", "config": {"units": 9000, "kernel_initializer": start}},
    ]
    model = {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    forge(packed(status="ok", value={"model": json.dumps(model), "weights": []}))
