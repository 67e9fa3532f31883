"""The picture of the pipeline, `docs/pipeline.svg`: seven values, what makes each, and what is run afterwards."""

from __future__ import annotations

STAGES = (
    ("Source", "a text", "model.tfs", ""),
    ("Tree", "what is written", "spans, comments", "syntax"),
    ("Spec", "what is meant", "units, origins", "spec"),
    ("Graph", "the model", "operations, shapes", "graph"),
    ("Layout", "who holds what", "shards, buckets", "parallel"),
    ("Estimate", "what it costs", "items with a line", "cost"),
    ("Files", "what is run", "model.py …", "backends"),
)
VERBS = (("fmt", 2), ("check · what-if", 6), ("plan · compile", 7))
STEPS = (
    ("Weights", "a model that has learnt", "train.py"),
    ("Student", "a smaller one", "distill.py"),
    ("Graphs", "ONNX, INT8, engines", "export.py"),
    ("Answers", "over HTTP", "serve.py"),
    ("Measured", "beside the predictions", "evaluate.py  measure.py"),
)
WIDTH, BOX, GAP, LEFT, TOP = 1120, 128, 30, 17, 92
RUN = TOP + 150 + 30 * len(VERBS)  # where the lower half begins
STEP = ((BOX + GAP) * len(STAGES) - GAP * len(STEPS)) / len(STEPS)  # the width of a box in it
INK, MUTED, LINE, FILL, ACCENT = "#1f2933", "#5f6c7b", "#9aa5b1", "#f5f7fa", "#2f6f8f"


def picture() -> str:
    """The SVG, a few kilobytes, in the reader's own sans-serif."""
    height = RUN + 180
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' font-family="system-ui, sans-serif" role="img" aria-label="The pipeline of tfc">',
        f'<rect width="{WIDTH}" height="{height}" rx="12" fill="#ffffff"/>',
        text(LEFT, 36, "One page in, a folder out", 20, INK, "600"),
        text(
            LEFT,
            62,
            "Seven immutable values. Each remembers the line of the spec that it came from.",
            15,
            MUTED,
        ),
        *(stage(index) for index in range(len(STAGES))),
        *(bar(row, verb, count) for row, (verb, count) in enumerate(VERBS)),
        text(LEFT, RUN + 14, "Run by its own scripts, which need nothing of tfc", 15, MUTED),
        *(step(index) for index in range(len(STEPS))),
        *(span(verb, first, last) for verb, first, last in (("run", 0, 3), ("verify", 4, 4))),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def stage(index: int) -> str:
    """One box, the arrow to the next, and the package that makes it."""
    name, what, detail, package = STAGES[index]
    x, y, middle = at(index), TOP, at(index) + BOX / 2
    parts = [
        f'<rect x="{x}" y="{y}" width="{BOX}" height="88" rx="8" fill="{FILL}" stroke="{LINE}"/>',
        text(middle, y + 28, name, 17, INK, "600", "middle"),
        text(middle, y + 51, what, 13, INK, "400", "middle"),
        text(middle, y + 71, detail, 12, MUTED, "400", "middle"),
    ]
    if package:
        parts.append(
            text(middle, y + 110, f"tfc/{package}", 12, ACCENT, "400", "middle", "ui-monospace, monospace")
        )
    if index + 1 < len(STAGES):
        parts.append(arrow(x + BOX + 4, y + 44, GAP - 8))
    return "\n".join(parts)


def bar(row: int, verb: str, count: int) -> str:
    """How far a verb goes: a bar from the first value to the last that it works out."""
    return strip(at(0), TOP + 132 + 30 * row, at(count - 1) + BOX - at(0), verb)


def strip(x: float, y: int, length: float, verb: str) -> str:
    return "\n".join(
        [
            f'<rect x="{x:g}" y="{y}" width="{length:g}" height="22" rx="6" fill="{ACCENT}" opacity="0.14"/>',
            text(x + 10, y + 15.5, verb, 13, ACCENT, "600", "start", "ui-monospace, monospace"),
        ]
    )


def step(index: int) -> str:
    """One box of the lower half, the arrow to the next, and the script that makes it."""
    name, what, script = STEPS[index]
    x, y = place(index), RUN + 34
    middle = x + STEP / 2
    parts = [
        f'<rect x="{x:g}" y="{y}" width="{STEP:g}" height="88" rx="8" fill="{FILL}" stroke="{LINE}"/>',
        text(middle, y + 28, name, 17, INK, "600", "middle"),
        text(middle, y + 51, what, 13, INK, "400", "middle"),
        text(middle, y + 72, script, 12, ACCENT, "400", "middle", "ui-monospace, monospace"),
    ]
    if index + 1 < len(STEPS):
        parts.append(arrow(x + STEP + 4, y + 44, GAP - 8))
    return "\n".join(parts)


def span(verb: str, first: int, last: int) -> str:
    """The boxes of the lower half that a verb is for."""
    return strip(place(first), RUN + 134, place(last) + STEP - place(first), verb)


def place(index: int) -> float:
    return LEFT + index * (STEP + GAP)


def at(index: int) -> int:
    return LEFT + index * (BOX + GAP)


def arrow(x: float, y: float, length: float) -> str:
    return (
        f'<path d="M{x} {y} h{length - 6} m-5 -5 l6 5 l-6 5" fill="none" stroke="{MUTED}" stroke-width="1.6"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )


def text(
    x: float,
    y: float,
    words: str,
    size: int,
    colour: str,
    weight: str = "400",
    anchor: str = "start",
    family: str = "",
) -> str:
    face = f' font-family="{family}"' if family else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{colour}"'
        f' text-anchor="{anchor}"{face}>{words}</text>'
    )
