"""A pad to draw on with the mouse or a finger, in a notebook's output: a canvas and a line of text, no widgets."""

import uuid

# The canvas has 140 pixels to a side, shown at twice that, so that its text stays short enough to paste.
_PAGE = """\
<div id="PAD">
<canvas width="140" height="140" aria-label="a pad to draw on"
 style="width: 280px; height: 280px; border: 1px solid #888; touch-action: none; cursor: crosshair"></canvas><br>
<button type="button">clear</button>
<button type="button">copy</button>
<input readonly size="20" aria-label="the drawing as text">
</div>
<script>
(() => {
  const pad = document.getElementById("PAD");
  const canvas = pad.querySelector("canvas"), text = pad.querySelector("input"), pen = canvas.getContext("2d");
  const [clear, copy] = pad.querySelectorAll("button");
  const place = event => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map(n => n * canvas.width / box.width);
  };
  const blank = () => {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    text.value = "";
  };
  canvas.onpointerdown = event => {
    canvas.setPointerCapture(event.pointerId);
    pen.lineWidth = 9;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...place(event));
  };
  canvas.onpointermove = event => {
    if (!event.buttons) return;
    pen.lineTo(...place(event));
    pen.stroke();
  };
  canvas.onpointerup = () => { text.value = canvas.toDataURL(); };
  clear.onclick = blank;
  copy.onclick = () => { text.select(); document.execCommand("copy"); };
  blank();
})();
</script>
"""


class DrawingPad:
    """Shows itself in a notebook as a field to draw on; `copy` gives the drawing as text, which `clean_digit` reads.

    >>> DrawingPad()
    a pad to draw on, where a notebook is open in a browser
    """

    def __repr__(self) -> str:
        return "a pad to draw on, where a notebook is open in a browser"

    def _repr_html_(self) -> str:
        return _PAGE.replace("PAD", f"pad-{uuid.uuid4().hex}")
