"""Files that students hand in: whatever they are, cells or one clear sentence."""

import json

import pytest

from ccv.grading.reading.cells import read_sources
from ccv.grading.reading.downloaded import as_in_the_notebook
from ccv.grading.reading.submission import UnreadableSubmission, read_cells


def notebook(tmp_path, cells, **extra):
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": cells, **extra}))
    return path


def test_code_cells_in_order_without_metadata(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": "# hello"},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2"]},
        {"cell_type": "code", "source": "z = 3", "outputs": [{"data": "A" * 10}]},
        {"cell_type": "code", "source": "   "},
        {"cell_type": "code"},
        "no cell at all",
    ]
    assert read_cells(notebook(tmp_path, cells)) == ["x = 1\ny = 2", "z = 3"]


def test_old_notebooks_with_worksheets(tmp_path):
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}))
    assert read_cells(path) == ["x = 1"]


@pytest.mark.parametrize("name", ["x.ipynb", "x.py"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_as_editors_and_shells_write_them(tmp_path, name, encoding):
    source = "größe = 1"
    text = source if name == "x.py" else json.dumps({"cells": [{"cell_type": "code", "source": source}]})
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    assert read_cells(path) == [source]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("# -*- coding: latin-1 -*-", "latin-1"),
        ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :", "cp1252"),
        ("# coding: unknown-8", "utf-8"),
        ("# coding: punycode", "utf-8"),
    ],
)
def test_a_script_says_what_its_letters_are(tmp_path, head, encoding):
    path = tmp_path / "x.py"
    path.write_text(f"{head}\ngröße = 1", encoding=encoding)
    assert read_cells(path)[0].endswith("größe = 1")


def test_scripts_are_split_at_cell_marks(tmp_path):
    path = tmp_path / "x.py"
    path.write_text("import os\n# %%\nx = 1\n# %% [markdown]\n# words\n# %% title\ny = 2\n")
    assert read_cells(path) == ["import os", "x = 1", "title\ny = 2".partition("\n")[2]]


def test_a_notebook_of_fifty_megabytes_of_figures_is_read(tmp_path):
    cells = [{"cell_type": "code", "source": "x = 1", "outputs": [{"data": {"image/png": "A" * 50_000_000}}]}]
    assert read_cells(notebook(tmp_path, cells)) == ["x = 1"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.ipynb", "", "is empty"),
        ("a.ipynb", "this is no JSON", "does not hold JSON"),
        ("a.ipynb", "[" * 100_000, "does not hold JSON"),
        ("a.ipynb", '{"cells": [', "does not hold JSON"),
        ("a.ipynb", "[]", "no list of cells"),
        ("a.ipynb", '{"cells": 3}', "no list of cells"),
        ("a.ipynb", '{"cells": []}', "holds no code"),
        ("a.ipynb", "\x00\xff\x00", "does not hold JSON"),
        ("a.py", "\n\n", "holds no code"),
        ("a.docx", "hello", "neither a notebook"),
        ("a.py", "x = '" + "a" * 3_000_000 + "'", "MB of code"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(UnreadableSubmission, match=says) as caught:
        read_cells(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.ipynb", tmp_path):
        with pytest.raises(UnreadableSubmission):
            read_cells(path)


JUPYTERS = """#!/usr/bin/env python
# coding: utf-8

# In[1]:


get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().system('pip install numpy')
import numpy as np


# In[ ]:


get_ipython().run_cell_magic('time', '', 'def twice(x):\\n    return 2 * x\\n')
"""
COLABS = """# -*- coding: utf-8 -*-
import numpy as np
# %matplotlib inline
# !pip install numpy

# Commented out IPython magic to ensure Python compatibility.
# %%time
# def twice(x):
#     # doubled
#
#     return 2 * x

three = 3
"""


@pytest.mark.parametrize("text", [JUPYTERS, COLABS], ids=["Jupyter", "Colab"])
def test_a_notebook_that_was_saved_as_a_script_has_its_answers(text, tmp_path):
    (tmp_path / "lab.py").write_text(text)
    from ccv.grading.handed_in import NotebookSubmission

    answers = NotebookSubmission(read_cells(tmp_path / "lab.py"))
    try:
        assert answers.open("twice")(4) == 8
    finally:
        answers.close()


def test_a_call_that_jupyter_does_not_write_is_left():
    code = "# In[1]:\nget_ipython().run_cell_magic(name, '', 'x = 1')\nget_ipython().magic(3)\n"
    assert as_in_the_notebook(code).replace("# %%", "# In[1]:") == code


@pytest.mark.parametrize(
    "cells",
    [
        ["%%writefile lib/half.py\ndef half(x):\n    return x / 2", "from lib.half import half"],
        ["%pylab inline", "def half(x):\n    return cos(0) * x / 2"],
    ],
    ids=["a folder that a shell made", "pylab"],
)
def test_what_works_in_a_notebook_works_here(cells):
    from ccv.grading.handed_in import NotebookSubmission

    answers = NotebookSubmission(cells)
    try:
        assert answers.open("half")(3) == 1.5
    finally:
        answers.close()


def test_a_file_is_run_by_its_name_with_its_ending_or_without():
    texts = [
        source.text for line in ("half_of", "half_of.py", "-i ./half_of") for source in read_sources([f"%run {line}"])
    ]
    assert all("half_of.py')" in text and ".py.py" not in text for text in texts)
