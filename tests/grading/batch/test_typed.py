"""Code in texts that were typed into Moodle, Canvas or Blackboard, as their editors write it."""

import pytest

from ccv.grading.batch.platforms import SUMMARY
from ccv.grading.batch.typed import typed_cells
from ccv.grading.reading.submission import UnreadableSubmission

CODE = "def f(x):\n    if x < 3:\n        return 'a & b'\n    return x"
PRE = "<pre>" + CODE.replace("&", "&amp;").replace("<", "&lt;") + "</pre>"


def page(indent, end, start="", quote="'"):
    """The code with four columns of indentation written as `indent`, and lines between `start` and `end`."""
    lines = CODE.replace("&", "&amp;").replace("<", "&lt;").replace("'", quote).split("\n")
    return "".join(start + line.replace("    ", indent) + end for line in lines)


PAGES = {
    "preformatted": f"<html><body>{PRE}</body></html>",
    "paragraphs with no-break spaces": page("&nbsp; &nbsp; ", "</p>\n", "<p>"),
    "breaks with the source's own lines": f"<p>{page('&nbsp;' * 4, '<br />' + chr(10) + '    ')}</p>",
    "numbers of characters": f"<p>{page('&#160;&#xA0; &nbsp;', '<br>')}</p>",
    "an editor's coloured divs": f'<div style="white-space: pre;">{page("    ", "</span></div>", "<div><span>")}</div>',
    "prose around it": f"<p>Dear teacher, here is my answer:</p>{PRE}<p>Many thanks, Ann</p>",
    "a fence": f"<p>```python<br>{page('&nbsp; &nbsp; ', '<br>')}```</p>",
    "a word processor's quotes": f"<p>{page('&nbsp; &nbsp; ', '<br>', quote='’')}</p>",
    "styles and scripts": f"<style>p {{ x: 1 }}</style><script>y = 2</script>{PRE}",
    "a list and code": f"<ul><li>f is below</li></ul><code>{page('&nbsp; &nbsp; ', '<br>')}</code>",
    "tabs": "<pre>def f(x):\n\tif x &lt; 3:\n\t\treturn 'a &amp; b'\n\treturn x</pre>",
}


def run(cells):
    namespace = {}
    for cell in cells:
        exec(cell, namespace)
    return namespace


@pytest.mark.parametrize("case", PAGES)
def test_code_is_what_the_browser_shows(case):
    cells = typed_cells("onlinetext.html", PAGES[case].encode())
    f = run(cells)["f"]
    assert (f(1), f(5)) == ("a & b", 5)
    assert "".join(cells).count("def f") == 1 and "teacher" not in "".join(cells)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_encoding(encoding):
    assert typed_cells("onlinetext.html", "<p>word = 'Zoë'</p>".encode(encoding)) == ["word = 'Zoë'"]


def test_what_does_not_parse_costs_only_itself():
    text = "<p>size = 3</p><p>def f(x:</p><p>&nbsp; return x</p><p>word = 'a'</p>"
    assert typed_cells("onlinetext.html", text.encode()) == ["size = 3", "def f(x:\n  return x", "word = 'a'"]


def test_calls_brackets_and_decorators_stay_together():
    code = "import math\n@cache\ndef f(a,\n  b):\n    return a\n\nt = [\n1,\n2]\nprint(t)\n"
    code += "for i in t:\n    u = i\nelse:\n    u = 9"
    joined = "\n".join(typed_cells("onlinetext.html", f"<pre>{code}</pre>".encode()))
    assert run([joined.replace("@cache", "@staticmethod")])["u"] == 9


def test_a_notebook_that_was_saved_as_a_page():
    saved = (
        '<div class="jp-InputArea"><pre>x = 1\nx</pre></div><div class="jp-OutputArea"><pre>y = 2</pre></div>'
        '<div class="jp-InputArea"><pre>z = 3</pre></div>'
    )
    assert set(run(typed_cells("nb.html", saved.encode()))) >= {"x", "z"}
    assert "y = 2" not in "".join(typed_cells("nb.html", saved.encode()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"<p>Sorry, I was ill. Thanks!</p>", 'typed text that holds no code ("Sorry, I was ill. Thanks!")'),
        (b"<p>see attached</p>", "see attached"),
        (b"<p>If you want, I send it: tomorrow</p><p>Ann</p>", "tomorrow Ann"),
        (b"<p><br></p>", "an empty text"),
        (b"", "an empty text"),
        (b"<p>" + b"word " * 100 + b"</p>", "…"),
        (b"<p>\xff\xfe<b></i></p></p>", "no code"),
    ],
)
def test_a_text_without_code_says_what_it_says(text, words):
    with pytest.raises(UnreadableSubmission) as caught:
        typed_cells("onlinetext.html", text)
    assert words in str(caught.value) and "hand in the notebook" in str(caught.value)
    assert len(str(caught.value)) < 250


def test_blackboards_text():
    text = "Name: Ann Lee (al1)\nAssignment: Lab = 1\n\nSubmission Field:\nsize = 3\n\nComments:\na = 1\n"
    assert typed_cells(SUMMARY, text.encode()) == ["size = 3"]
    with pytest.raises(UnreadableSubmission):
        typed_cells(SUMMARY, b"Name: Ann Lee (al1)\nFiles:\n\tOriginal filename: x = 1.pdf\n")


def test_hostile_pages_are_read_in_no_time():
    nested = b"<div>" * 20_000 + b"size = 3" + b"</p>" * 20_000
    assert typed_cells("onlinetext.html", nested) == ["size = 3"]
    with pytest.raises(UnreadableSubmission, match="larger than"):
        typed_cells("onlinetext.html", b"x" * (21 * 2**20))
