"""Which loss fits: read off the model's last activation and the labels' shape."""

from typing import Any

import keras
import numpy as np

from ccv.graph import maker

LINEAR = {"linear", None}


def output_kind(model: keras.Model) -> str:
    """Return "softmax", "sigmoid" or "logits": what the model's one output is.

    Raises ValueError for a model of several outputs or with another activation, which needs a loss of its own.
    """
    outputs = getattr(model, "outputs", None) or []
    own = "compile it with a loss of its own before fit: model.compile(optimizer=..., loss=...)"
    if len(outputs) != 1:
        raise ValueError(f"{model.name} has {len(outputs) or 'unknown'} outputs: {own}")
    if len(outputs[0].shape) != 2:
        raise ValueError(f"{model.name} puts out {tuple(outputs[0].shape)}, not (batch, classes): {own}")
    name = _activation(_last(model))
    if name in LINEAR:
        return "logits"
    if name in ("softmax", "sigmoid"):
        return name
    raise ValueError(f"the output of {model.name} ends with {name}, not softmax, sigmoid or none: {own}")


def ends_with_softmax(model: keras.Model) -> bool:
    """Whether what a model puts out, over the last axis, are probabilities that sum to 1."""
    return _activation(_last(model)) == "softmax"


def class_count(model: keras.Model) -> int:
    """How many classes the model tells apart: one sigmoid or logit tells two."""
    units = int(model.outputs[0].shape[-1])
    return max(units, 2)


def answers_each(model: keras.Model) -> bool:
    """Whether the model says yes or no to each of several classes, which may be there together: a sigmoid for each."""
    return output_kind(model) == "sigmoid" and int(model.outputs[0].shape[-1]) > 1


def check_vectors_for(model: keras.Model, label_width: int | None) -> None:
    """Raise ValueError unless a label has a number for each of the yes-or-no answers of a model."""
    units = int(model.outputs[0].shape[-1])
    if label_width != units:
        raise ValueError(
            f"{model.name} ends with {units} sigmoids, each a yes or no: give labels of ({units},) zeros and ones, or "
            "end it with a softmax"
        )


def loss_for(
    model: keras.Model, label_width: int | None, label_weights: np.ndarray | None = None
) -> tuple[keras.losses.Loss, list[Any]]:
    """Choose the loss, and the measure that goes with it: the accuracy, or the area under precision over recall.

    The second is for a model that says yes or no to each class: the share of right answers would be high for one that
    says no to whatever is rare.

    `label_width` is None for integer labels, else the length of a label vector (one-hot, soft or many-hot). Then
    `label_weights` may be those of `LabelCrossentropy`.
    """
    kind, units = output_kind(model), int(model.outputs[0].shape[-1])
    logits = kind == "logits"
    if units == 1:
        threshold = 0.0 if logits else 0.5
        return keras.losses.BinaryCrossentropy(from_logits=logits), [
            keras.metrics.BinaryAccuracy("accuracy", threshold=threshold)
        ]
    if kind == "sigmoid":
        check_vectors_for(model, label_width)
        loss = keras.losses.BinaryCrossentropy() if label_weights is None else LabelCrossentropy(label_weights)
        return loss, [keras.metrics.AUC(curve="PR", multi_label=True, num_labels=units, name="pr_auc")]
    if label_width in (None, 1):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=logits), [
            keras.metrics.SparseCategoricalAccuracy("accuracy")
        ]
    return keras.losses.CategoricalCrossentropy(from_logits=logits), [keras.metrics.CategoricalAccuracy("accuracy")]


@keras.saving.register_keras_serializable("ccv")
class LabelCrossentropy(keras.losses.Loss):
    """Binary cross-entropy in which the no and the yes of each class count differently: `weights` is `(classes, 2)`.

    Labels and scores are `(batch, classes)`; a label between 0 and 1 counts as its shares of both.
    """

    def __init__(self, weights: Any, name: str = "label_crossentropy", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.weights = np.asarray(weights, np.float32)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the mean over the classes, `(batch,)`."""
        y_true = keras.ops.cast(y_true, y_pred.dtype)
        no, yes = (keras.ops.cast(column, y_pred.dtype) for column in self.weights.T)
        each = keras.ops.binary_crossentropy(y_true, y_pred)
        return keras.ops.mean(each * (no + (yes - no) * y_true), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return what makes the loss again."""
        return {**super().get_config(), "weights": self.weights.tolist()}


def probabilities(scores: np.ndarray, kind: str) -> np.ndarray:
    """Turn the output of a model into `(samples, classes)` that sum to 1, in float64."""
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape[-1] == 1:
        yes = scores if kind == "sigmoid" else 1 / (1 + np.exp(-scores))
        return np.concatenate([1 - yes, yes], axis=-1)
    if kind == "logits":
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return scores / np.maximum(scores.sum(axis=-1, keepdims=True), 1e-12)


def _last(model: keras.Model) -> Any:
    """The layer that makes the output; of a nested model, its own last layer."""
    layer = maker(model.outputs[0]) or model.layers[-1]
    return _last(layer) if isinstance(layer, keras.Model) else layer


def _activation(layer: Any) -> str | None:
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", None if activation is None else str(activation))
