"""The report's numbers, against those of scikit-learn and by hand."""

import json

import keras
import numpy as np
import pytest
from nets import digits, tiny

from ccv.training import evaluate, fit
from ccv.training.evaluation import report


@pytest.fixture(scope="module")
def trained():
    model = tiny()
    fit(model, digits(), epochs=3, recipe="sgd")
    return model


@pytest.mark.slow
def test_the_numbers_are_scikit_learns(trained):
    from sklearn.metrics import classification_report, confusion_matrix, top_k_accuracy_score

    x, y = digits(split="test")
    found = evaluate(trained, (x, y))
    scores = trained.predict(x, verbose=0)
    predicted = scores.argmax(axis=1)
    table = classification_report(y, predicted, output_dict=True)
    assert found.accuracy == pytest.approx(table["accuracy"])
    assert found.top5 == pytest.approx(top_k_accuracy_score(y, scores, k=5))
    assert (found.confusion == confusion_matrix(y, predicted)).all()
    for number, row in enumerate(found.classes):
        expected = table[str(number)]
        got = (row.precision, row.recall, row.f1, row.count)
        assert got == pytest.approx(
            (expected["precision"], expected["recall"], expected["f1-score"], expected["support"])
        )
    worst = found.mistakes
    assert [m.probability for m in worst] == sorted((m.probability for m in worst), reverse=True)
    assert all(m.true != m.predicted for m in worst)


def test_calibration_by_hand():
    """Ten predictions of 0.8, of which six are right: the gap is 0.2, in one bin."""
    scores = np.tile([0.8, 0.2], (10, 1))
    found = report(np.array([0] * 6 + [1] * 4), scores, ["a", "b"], [])
    assert found.calibration.error == pytest.approx(0.2)
    assert sum(found.calibration.counts) == 10 and max(found.calibration.counts) == 10
    assert found.top5 is None


@pytest.mark.parametrize(("activation", "units"), [("softmax", 10), (None, 10), ("sigmoid", 1), (None, 1)])
def test_every_kind_of_output_gives_probabilities(activation, units):
    x, y = digits(64)
    found = evaluate(tiny(activation, units), (x, y if units > 1 else y % 2))
    assert found.confusion.sum() == 64 and 0 <= found.calibration.error <= 1


@pytest.mark.slow
def test_a_report_prints_shows_and_saves(trained, tmp_path):
    names = [f"digit <{i}>" for i in range(10)]
    found = evaluate(trained, digits(split="test"), class_names=names)
    assert "digit <3>" in str(found) and "top-5" in str(found)
    page = found.save(tmp_path)
    assert "digit &lt;3&gt;" in page.read_text() and "data:image/" in page.read_text()
    facts = json.loads((tmp_path / "report.json").read_text())
    assert facts["accuracy"] == found.accuracy and len(facts["classes"]) == 10
    assert {path.name for path in tmp_path.glob("*.png")} == {"calibration.png", "confusion.png", "mistakes.png"}


def test_a_mistake_is_one_sentence():
    x, y = digits(8)
    with pytest.raises(ValueError, match="label 12 is out of range"):
        evaluate(tiny(), (x, y * 0 + 12))
    with pytest.raises(ValueError, match="there are 3 class names"):
        evaluate(tiny(), (x, y), class_names=["a", "b", "c"])
    with pytest.raises(ValueError, match="compile it with a loss"):
        evaluate(tiny("relu"), (x, y))


def test_an_uncompiled_loaded_model_will_do(trained, tmp_path):
    trained.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras", compile=False)
    x, y = digits(64)
    assert evaluate(again, (x, y)).accuracy == evaluate(trained, (x, y)).accuracy


def test_names_that_rich_and_matplotlib_would_read_otherwise_stand_as_they_are(trained, tmp_path):
    from rich.console import Console

    names = ["[red]fox", "[/]", "$5_{", r"$\frac$", "é", *map(str, range(5))]
    found = evaluate(trained, digits(split="test"), class_names=names)
    found.save(tmp_path)
    console = Console(width=100, record=True, file=(tmp_path / "said.txt").open("w", encoding="utf-8"))
    console.print(found)
    said = console.export_text()
    assert all(name in said for name in names)


def test_what_does_not_fit_the_model_is_one_sentence():
    x, y = digits(8)
    with pytest.raises(ValueError, match=r"^the images are \(8, 8, 3\) .* tiny takes \(8, 8, 1\)"):
        evaluate(tiny(), (np.repeat(x, 3, axis=-1), y))
    with pytest.raises(ValueError, match="batch_size=0 must be"):
        evaluate(tiny(), (x, y), batch_size=0)
