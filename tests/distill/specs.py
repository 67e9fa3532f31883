"""The specs of these tests: the small translator of `tests/run`, and a student of half its decoder."""

from __future__ import annotations

from tests.run.specs import READER, TRANSLATOR, changed

LAYERED = changed(
    TRANSLATOR, model__layers="2", model__dropout="5%", train__steps="100", train__batch="48 sequences"
)


def lesson(more: str = "", base: str = LAYERED, student: str = "layers = 1") -> str:
    """The spec with a student, and a `distill` block that says `more`."""
    models, data = base.split("data {", 1)
    taught = data.replace("train {\n", "train {\n  model = tiny\n", 1)
    return f"""{models}model small extends tiny {{
  {student}
}}
data {{{taught}
distill small from tiny {{
  on = cpu
  steps = 30
  batch = 32 sequences
  checkpoint {{ every = 20 steps }}
  {more}
}}
"""


BESIDE = lesson()
FLATTENED = lesson("loss = [kl(temperature = 2, weight = 75%), cross_entropy(smoothing = 10%, weight = 25%)]")
TRUTH = lesson("loss = [kl(weight = 75%), cross_entropy(weight = 25%)]")
FEW = lesson("loss = [kl(temperature = 2, top = 8, weight = 75%), cross_entropy(weight = 25%)]")
PLAIN_FEW = lesson("loss = [kl(top = 8, weight = 75%), cross_entropy(smoothing = 10%, weight = 25%)]")
LOOKED_UP = lesson("loss = kl(temperature = 2)\n  teacher = cached(top = 8)")
TRANSLATIONS = lesson("loss = sequence(beam = 3)\n  init = layers(uniform)")
SMOOTHED = lesson("loss = [sequence(beam = 2), cross_entropy(smoothing = 10%)]")
ALL = lesson(
    """loss = [
    kl(temperature = 2, weight = 50%),
    cross_entropy(smoothing = 10%, weight = 20%),
    sequence(beam = 3, best = 2, pick = reference, sample = 50%, weight = 30%),
  ]
  teacher = cached(top = 8)
  init = layers([1])"""
)
DECODER = lesson("loss = [kl(temperature = 2), cross_entropy]", changed(READER, model__layers="2"))
ENCODER = lesson(
    "loss = [kl(top = 8), cross_entropy]\n  init = layers(last)",
    changed(READER, model__layers="2", model__family="encoder"),
)
LESSONS = {
    "beside": BESIDE,
    "flattened": FLATTENED,
    "truth": TRUTH,
    "few": FEW,
    "plain_few": PLAIN_FEW,
    "looked_up": LOOKED_UP,
    "translations": TRANSLATIONS,
    "smoothed": SMOOTHED,
    "all": ALL,
}
