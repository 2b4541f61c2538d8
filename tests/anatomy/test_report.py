"""What an anatomy, a difference and a table look like: text, Rich, HTML, CSV, DataFrame, figure, command."""

import csv
import io
import subprocess
import sys
from html.parser import HTMLParser

import keras
import pytest
import typer
from keras import applications, layers
from rich.console import Console
from typer.testing import CliRunner

from ccv.anatomy import anatomy, diff, table
from ccv.cli import anatomy as cli
from ccv.models import lenet5
from ccv.plots.networks import network_costs


@pytest.fixture(scope="module")
def lenet():
    return anatomy(lenet5(input_shape=(32, 32, 1)))


def printed(thing, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(thing)
    return console.file.getvalue()


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.rows = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def test_it_prints_rows_totals_and_the_convention(lenet):
    text = str(lenet)
    assert "c3           Conv2D 5x5, tanh                10x10x16" in text
    assert "(5x5x6 + 1) x 16 = 2,416" in text
    assert "416,520 (833,040 FLOPs)" in text
    assert "FLOPs = 2 x multiply-adds" in text
    assert "0.036 MB (0.035 MiB)" in text


@pytest.mark.parametrize("width", [80, 120, 200])
def test_it_fits_the_terminal(lenet, width):
    text = printed(lenet, width)
    assert max(map(len, text.splitlines())) <= width
    for word in ("parameters", "multiply-adds", "240,000", "2,416"):
        assert word in text
    assert ("(5x5x6 + 1) x 16 = 2,416" in text) == (width == 200)


def test_a_name_with_brackets_stays_as_it_is():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="[red]<i>&")], name="[b]<odd>")
    whole = anatomy(model)
    assert "[red]<i>&" in printed(whole, 200) and "[b]<odd>" in printed(whole, 200)
    assert [row[0] for row in Cells(whole._repr_html_()).rows[2:]] == ["[red]<i>&"]
    assert "<odd>" not in whole._repr_html_()


def test_the_notebook_shows_the_same_cells(lenet):
    heading, *rows = Cells(lenet._repr_html_()).rows
    assert heading == [
        "layer", "kind", "output", "values", "MB", "parameters", "arithmetic", "multiply-adds", "field", "jump",
    ]  # fmt: skip
    assert len(rows) == len(lenet)
    assert rows[3] == [
        "c3", "Conv2D 5x5, tanh", "10x10x16", "1,600", "0.006", "2,416", "(5x5x6 + 1) x 16 = 2,416", "240,000",
        "14", "2",
    ]  # fmt: skip


def test_csv_and_records(lenet, tmp_path):
    text = lenet.to_csv(tmp_path / "lenet.csv")
    assert (tmp_path / "lenet.csv").read_text() == text == lenet.to_csv()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(lenet)
    c3 = rows[3]
    assert (c3["layer"], c3["output"], c3["memory_bytes"], c3["multiply_adds"]) == ("c3", "10x10x16", "6400", "240000")
    assert (c3["kernel"], c3["stride"], c3["receptive_field"], c3["jump"], c3["centre"]) == (
        "5x5",
        "1",
        "14",
        "2",
        "6.5",
    )
    assert sum(int(row["parameters"]) for row in rows) == 61_706


def test_dataframe(lenet):
    frame = lenet.to_dataframe()
    assert frame["parameters"].sum() == 61_706
    assert frame.set_index("layer").loc["c3", "multiply_adds"] == 240_000


def test_without_pandas_it_says_what_to_do(lenet, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        lenet.to_dataframe()


def test_the_plot(lenet):
    figure = lenet.plot()
    memory, parameters = figure.axes
    assert memory.get_title() == "activations: 0.0365 MB"
    assert parameters.get_title() == "parameters: 0.0617 million"
    bars = [patch.get_height() for patch in parameters.patches]
    assert sum(bars) == pytest.approx(0.061706)
    assert parameters.get_xticklabels()[0].get_text() == "input"


@pytest.mark.parametrize(
    ("memory", "parameters", "says"),
    [([1], [1, 2], "a number for each of the 2 names"), ([1, -2], [1, 2], "must not be negative")],
)
def test_bad_costs(memory, parameters, says):
    with pytest.raises(ValueError, match=says):
        network_costs(["a", "b"], memory, parameters)


def test_many_layers_are_named_now_and_then():
    figure = network_costs([f"a_rather_long_name_of_layer_{n}" for n in range(300)], [1] * 300, [1] * 300)
    labels = figure.axes[1].get_xticklabels()
    assert len(labels) <= 40
    assert max(len(label.get_text()) for label in labels) <= 24


def test_the_difference_from_plain_to_residual():
    def net(shortcut):
        inputs = keras.Input((32, 32, 4))
        x = layers.Conv2D(4, 3, padding="same", activation=None if shortcut else "relu")(inputs)
        if shortcut:
            x = layers.ReLU()(layers.Add()([inputs, layers.BatchNormalization()(x)]))
            x = layers.GlobalAveragePooling2D()(x)
        else:
            x = layers.Flatten()(x)
        return keras.Model(inputs, layers.Dense(10, activation="softmax")(x), name="res" if shortcut else "plain")

    change = diff(net(False), net(True))
    assert change.same == ("input", "convolutions", "activations", "regularization", "depth", "receptive field")
    assert change["shortcuts and branches"].change == "+ 1 Add"
    assert change["normalization"].change == "+ 1 BatchNormalization"
    assert change["head"].change == "- 1 Flatten\n+ 1 GlobalAveragePooling2D"
    assert change["parameters"].before == "41,118"
    assert change["parameters"].after == "214"
    assert change["parameters"].change == "-40,904 (1/192)"
    with pytest.raises(KeyError, match="depth did not change"):
        change["depth"]
    with pytest.raises(ValueError, match="did you mean 'parameters'"):
        change["parametres"]
    for text in (str(change), printed(change, 120), change._repr_html_()):
        assert "plain -> res" in text.replace("&gt;", ">")
        assert "BatchNormalization" in text


def test_the_difference_of_a_network_and_itself(lenet):
    change = diff(lenet, lenet)
    assert change.changes == ()
    assert len(change.same) == 13
    assert "the same: input" in str(change)


def test_gates_are_no_head():
    whole = anatomy(applications.MobileNetV3Small(weights=None, include_top=False), input_shape=(64, 64, 3))
    assert whole.head == ()


def test_the_vgg_table():
    grid = table("vgg")
    assert grid.headings == ("A", "A-LRN", "B", "C", "D", "E")
    columns = dict(zip(grid.headings, zip(*grid.rows, strict=True), strict=True))
    convolutions = {name: [cell for cell in column if cell.startswith("conv")] for name, column in columns.items()}
    assert [len(convolutions[name]) + 3 for name in grid.headings] == [11, 11, 13, 16, 16, 19]
    assert convolutions["C"].count("conv1-512") == 2
    for text in (str(grid), printed(grid, 140), grid._repr_html_()):
        assert "conv3-512" in text


def test_the_resnet_table():
    text = str(table("resnet"))
    assert text.count("3x3, 64") == 7
    assert "x 36" in text and "1x1, 2048" in text


def test_an_unknown_table():
    with pytest.raises(ValueError, match="did you mean 'vgg'"):
        table("vgg16")
    with pytest.raises(TypeError, match="must be a string"):
        table(3)


@pytest.fixture
def command():
    app = typer.Typer()
    app.command("anatomy", epilog=cli.EPILOG)(cli.command)
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


def test_the_command(command, tmp_path):
    files = {"--plot": tmp_path / "lenet.png", "--csv": tmp_path / "lenet.csv", "--draw": tmp_path / "lenet.svg"}
    options = [word for pair in files.items() for word in pair]
    done = command("lenet5", "--input", "32x32x1", "--option", "classes=7", "--option", "width=1/2", *options)
    assert done.exit_code == 0, done.output
    assert "32x32x1" in done.stdout and "(42 + 1) x 7 = 301" in done.stdout
    assert files["--plot"].read_bytes()[:4] == b"\x89PNG"
    assert "<svg" in files["--draw"].read_text(encoding="utf-8")
    assert "layer,kind" in files["--csv"].read_text()


def test_a_block_without_a_file_to_draw_to_is_refused(command):
    done = command("lenet5", "--block", "c3")
    assert done.exit_code != 0
    assert "--draw FILE" in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["lenet6"], "did you mean 'lenet5'"),
        (["lenet5", "--input", "32x32"], "height x width x channels"),
        (["lenet5", "--option", "classes"], "must be KEY=VALUE"),
        (["lenet5", "--option", "clases=3"], "did you mean 'classes'"),
        (["lenet5", "--option", "classes=0"], "integer of at least 1"),
    ],
)
def test_a_mistake_is_one_sentence(command, arguments, says):
    error = command(*arguments).exception
    assert isinstance(error, ValueError)
    assert says in str(error)


def test_the_command_is_light_until_it_runs():
    code = "import sys, ccv.cli.anatomy; print(sorted({'keras', 'tensorflow', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_difference_says_where_a_field_is_not_counted():
    inputs = keras.Input((8, 8, 1))
    plain, unknown = keras.layers.Conv2D(2, 3)(inputs), keras.ops.conv(inputs, keras.ops.ones((3, 3, 1, 2)))
    change = diff(keras.Model(inputs, plain), keras.Model(inputs, unknown))["receptive field"]
    assert (change.before, change.after) == ("3 pixels", "not counted")
