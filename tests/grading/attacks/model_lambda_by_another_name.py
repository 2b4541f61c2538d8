# Forged models that smuggle code in: a Lambda by its module path, __lambda__, a typespec, a custom object, unsafe mode.
# attacks: tiny
import base64
import json
import marshal


def tiny():
    code = compile("lambda x: open('@CANARY@/pwned', 'w')", "x", "eval").co_consts[0]
    function = {
        "class_name": "__lambda__",
        "config": {"value": [base64.b64encode(marshal.dumps(code)).decode(), None, None]},
    }
    hidden = [
        {"module": "keras.src.layers.core.lambda_layer", "class_name": "Lambda", "config": {"function": function}},
        {"module": "keras.layers", "class_name": "lambda", "config": {"function": function}},
        {"module": "keras.layers", "class_name": "Activation", "config": {"activation": function}},
        {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}, "registered_name": "mine>Dense"},
        {"module": "keras.layers", "class_name": "Activation", "config": {"activation": "Lambda"}, "safe_mode": False},
        {"module": "keras.layers", "class_name": "Wrapper", "config": {"layer": json.dumps({"class_name": "Lambda"})}},
    ]
    items = []
    for layer in hidden:
        layers = [{"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 4]}}, layer]
        model = {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": layers}}
        items.append({"model": json.dumps(model), "weights": []})
    forge(packed(status="ok", value={"list": items}))
