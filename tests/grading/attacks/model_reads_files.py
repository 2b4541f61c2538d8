# A forged model whose text layer reads its vocabulary from a file of the grader's.
# attacks: tiny
# slow: yes
import json


def tiny():
    layers = []
    for kind in ("StringLookup", "IntegerLookup", "TextVectorization"):
        config = {"vocabulary": "@CANARY@/endless", "name": kind}
        layers.append({"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None})
    model = {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    forge(packed(status="ok", value={"model": json.dumps(model), "weights": []}))
