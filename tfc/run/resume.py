"""Going on from a checkpoint: what it must share with the spec as it is now.

The generated `train.py` goes on by itself, and lists the settings that have changed since. That a checkpoint is of
another model is said here, before anything is started, by the settings that make it so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfc.diagnostics.core import Diagnostic, Label
from tfc.fields import How, Origin
from tfc.plan import Plan
from tfc.spec.written import written

COMPLETE = ".complete"
STEP = re.compile(r"step-(\d+)\Z")

# A model is another one if any of these is.
SHAPING = {
    *("family", "layers", "width", "heads", "kv_heads", "head_width", "vocab", "tied"),
    *("scaled", "ffn", "norm", "position", "bias", "adapters"),
}
TRAINED_ON = "the text that the tokenizer is trained on"


def latest(checkpoints: Path) -> int:
    """The step of the last complete checkpoint in a folder; 0 if there is none."""
    places = checkpoints.iterdir() if checkpoints.is_dir() else ()
    steps = (
        int(found[1]) for place in places if (found := STEP.match(place.name)) and (place / COMPLETE).exists()
    )
    return max(steps, default=0)


def identity(plan: Plan, block: Any, text: str) -> dict[str, str]:
    """What the checkpoints of a block have in common, by the full names of the settings.

    `text` is a hash of the data, which a tokenizer is trained on.
    """
    spec = plan.solved
    model, data = spec.model_of(block), spec.data_of(block)
    # A learned position has a row for each place, so that a longer context is another table.
    rows = {"context"} if any(side.position.name == "learned" for side in model.sides) else set()
    prefix = f"{spec.full_name(model)}."
    found = {
        name: written(value)
        for name, value, _ in spec.fields()
        if name.startswith(prefix) and name.rpartition(".")[2] in SHAPING | rows
    }
    found[f"{spec.full_name(data)}.tokenizer"] = written(data.tokenizer)
    if getattr(data.tokenizer, "path", "") is None:
        found[TRAINED_ON] = text
    return found


def other_model(
    plan: Plan, step: int, before: Mapping[str, str], now: Mapping[str, str]
) -> Diagnostic | None:
    """TFS804, if the checkpoint is of another model or another tokenizer; `before` is empty if that is not known."""
    changed = [name for name in dict.fromkeys([*now, *before]) if before.get(name) != now.get(name)]
    if not before or not changed:
        return None
    origins = {name: origin for name, _, origin in plan.solved.fields()}
    told = _causes(changed, origins)
    spans = {name: span for name in told if name in origins and (span := origins[name].span) is not None}
    labels = tuple(
        Label(span, f"was {before.get(name, 'not there')}", primary=index == 0)
        for index, (name, span) in enumerate(spans.items())
    )
    what = "tokenizer" if all(name == TRAINED_ON or "tokenizer" in name for name in changed) else "model"
    return Diagnostic(
        "TFS804",
        f"the checkpoint at step {step} is of another {what}",
        labels,
        notes=tuple(f"{name} was {before.get(name)} and is {now.get(name)}" for name in told),
        help="take the change back to go on; `--fresh` sets the old run aside and begins anew",
    )


def _causes(changed: list[str], origins: Mapping[str, Origin]) -> list[str]:
    """The changes that somebody made, each line once: a side repeats its model, and a default follows others."""
    lines = {origins[name].span: name for name in reversed(changed) if name in origins}
    made = [name for name in lines.values() if origins[name].how is not How.DEFAULT]
    return sorted(made, key=changed.index) or changed
