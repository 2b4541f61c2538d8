# A forged model that calls a model twice that calls a model twice ..., 22 deep: four million calls from 30 kilobytes.
# attacks: tiny
# slow: yes
import json


def tiny():
    import keras

    def twice(name):
        source, layer = keras.Input((4,), name="in"), keras.layers.Activation("relu", name="inner")
        return json.loads(keras.Model(source, layer(layer(source)), name=name).to_json())

    model = twice("level0")
    for level in range(1, 22):
        outer = twice(f"level{level}")
        place = next(entry for entry in outer["config"]["layers"] if entry["class_name"] == "Activation")
        place |= {
            key: model[key] for key in ("module", "class_name", "registered_name", "build_config") if key in model
        }
        place["config"] = model["config"] | {"name": "inner"}
        model = outer
    forge(packed(status="ok", value={"model": json.dumps(model), "weights": []}))
