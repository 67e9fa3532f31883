"""Diagnostics of every shape, on texts of a few lines."""

from __future__ import annotations

from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Safety, Severity, Share, Source, Span

BASE = Source(
    "pretrain_8b.tfs",
    """\
# An 8B decoder.

model scribe_8b {
  layers  = 32
  context = 32 Ki tokens
  vocab   = 128_256
}

train {
  optimizer = adamw(lr = 3e-4)
  recompute = selective(ffn) # keep attention, whose recomputation is dear

  require memory    <= 72 GiB because "an 80 GB card, with a tenth kept free"
}
""",
)
ONE_NODE = Source(
    "one_node.tfs",
    """\
extends "pretrain_8b.tfs"

train {
  on = 8 x h100_80gb
  parallel { tensor = 1, pipeline = 1, zero = 3 }
}
""",
)
ODD = Source("odd.tfs", '\ta\t= "日本語é\u202e\x1b[31m", b = 1\n' + "c = [" + "1, " * 100 + "2, 3]\nlast = 4")


def at(source: Source, needle: str) -> Span:
    start = source.text.index(needle)
    return source.span(start, start + len(needle))


def change(source: Source, needle: str, text: str) -> Edit:
    return Edit(at(source, needle), text)


MEMORY = Diagnostic(
    "TFS401",
    "training needs 95.1 GiB on each GPU and may use 72 GiB",
    (
        Label(at(BASE, "memory    <= 72 GiB"), "the budget"),
        Label(at(ONE_NODE, "tensor = 1"), "since here each layer is whole on each GPU", primary=False),
    ),
    shares=(
        Share(
            "52.1 GiB",
            "activations",
            at(BASE, "context = 32 Ki"),
            "context = 32 Ki tokens, kept for 32 layers",
        ),
        Share("2.7 GiB", "weights", at(ONE_NODE, "zero = 3"), "zero = 3: an eighth, and two layers gathered"),
        Share("1.8 GiB", "workspace", None, "CUDA context, NCCL and fragmentation: measured, not derived"),
    ),
    notes=("the peak is in the backward pass of the last layer: `tfc plan --timeline` shows it",),
    help="the smallest edits after which it fits",
    fixes=(
        Fix(
            "halve each layer",
            (change(ONE_NODE, "tensor = 1", "tensor = 2"),),
            Safety.CHANGES_RUN,
            "6% slower",
        ),
        Fix(
            "keep only the input of each layer",
            (change(BASE, "selective(ffn)", "full"),),
            Safety.CHANGES_RUN,
            "56.1 GiB, 15% slower",
        ),
        Fix("halve the context", (change(BASE, "32 Ki", "16 Ki"),), Safety.CHANGES_MODEL, "57.2 GiB"),
        Fix(
            "both",
            (
                change(BASE, "32 Ki", "16 Ki"),
                change(BASE, "128_256", "64_000"),
                change(ONE_NODE, "8 x", "16 x"),
            ),
            Safety.CHANGES_MODEL,
        ),
    ),
)

INSERTED = Diagnostic(
    "TFS106",
    "a `train` block has no `batch`",
    (Label(at(ONE_NODE, "train {"), "needs it"),),
    fixes=(
        Fix(
            "say it",
            (Edit(ONE_NODE.span(at(ONE_NODE, "  on").start, at(ONE_NODE, "  on").start), "  batch = 1\n"),),
        ),
        Fix("leave it out", (change(ONE_NODE, "  parallel { tensor = 1, pipeline = 1, zero = 3 }\n", ""),)),
        Fix("end it", (Edit(BASE.span(len(BASE.text), len(BASE.text)), "# the end\n"),)),
    ),
)

MANY_LABELS = Diagnostic(
    "TFS301",
    "32 layers cannot be divided",
    (
        Label(at(ONE_NODE, "tensor = 1"), "two on"),
        Label(at(ONE_NODE, "zero = 3"), "one line", primary=False),
        Label(at(ONE_NODE, "extends"), "and one far above", primary=False),
        Label(at(ONE_NODE, "on = 8 x h100_80gb\n  parallel"), "from one line into the next", primary=False),
    ),
    severity=Severity.WARNING,
    notes=("a note that is long enough to be broken, since it goes on and on, " * 4, "and\na second one"),
)

ODDITIES = Diagnostic(
    "TFS001",
    "what a terminal must not obey",
    (
        Label(at(ODD, "b = 1"), "behind wide characters and a tab"),
        Label(at(ODD, "2, 3"), "far to the right", primary=False),
        Label(ODD.span(len(ODD.text), len(ODD.text)), "the end", primary=False),
    ),
    severity=Severity.HINT,
    fixes=(Fix("mend it", (change(ODD, "2, 3", "4"),)),),
)

PLACELESS = Diagnostic("TFS005", "`x.tfs` is no text", notes=("it is not",), help="save it as UTF-8")

ALL = {
    "memory": MEMORY,
    "inserted": INSERTED,
    "many_labels": MANY_LABELS,
    "oddities": ODDITIES,
    "placeless": PLACELESS,
}
