# A forged model of 2,900 layers, then as many models as fit into one answer.
# attacks: tiny
# slow: yes
import json


def tiny():
    layers = [
        {"module": "keras.layers", "class_name": "Activation", "config": {"activation": "relu", "name": f"a{i}"}}
        for i in range(2_900)
    ]
    layers.insert(0, {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 4]}})
    model = {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    item = {"model": json.dumps(model), "weights": []}
    forge(packed(status="ok", value={"list": [item] * 30}))
