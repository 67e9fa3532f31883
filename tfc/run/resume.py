"""Going on from a checkpoint: what has changed since it was made, and what it must not have been."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfc.diagnostics.core import Diagnostic, Label, Span
from tfc.plan import Plan
from tfc.run.state import Start
from tfc.spec.written import written

COMPLETE = ".complete"
STEP = re.compile(r"step-(\d+)\Z")

# A model is another one if any of these is; the rest may change under way, and is listed.
SHAPING = {
    *("family", "layers", "width", "heads", "kv_heads", "head_width", "vocab", "tied"),
    *("scaled", "ffn", "norm", "position", "bias", "adapters"),
}


@dataclass(frozen=True)
class Changed:
    """A setting that is not what it was, as a spec writes it; `None` where it was or is not there."""

    name: str
    was: str | None
    now: str | None

    def __str__(self) -> str:
        return f"{self.name}: {self.was or 'not there'} → {self.now or 'not there'}"


def latest(checkpoints: Path) -> int:
    """The step of the last complete checkpoint in a folder; 0 if there is none."""
    places = checkpoints.iterdir() if checkpoints.is_dir() else ()
    steps = (int(found[1]) for place in places if (found := _step(place)) is not None)
    return max(steps, default=0)


def beginning(plan: Plan, block: Any, name: str, text: str, after: int) -> Start:
    """What a step of training begins with: its settings, and what its checkpoints must share.

    `name` is the block's full name, and `text` the hash of the data that a tokenizer is trained on.
    """
    spec = plan.solved
    model, source = spec.model_of(block), spec.data_of(block)
    about = (name, spec.full_name(model), spec.full_name(source))
    settings = {full: written(value) for full, value, _ in spec.fields() if _within(full, about)}
    # A learned position has a row for each place, so that a longer context is another table.
    shaping = SHAPING | (
        {"context"} if any(side.position.name == "learned" for side in model.sides) else set()
    )
    identity = {
        full: value
        for full, value in settings.items()
        if _within(full, about[1:2]) and full.rpartition(".")[2] in shaping
    }
    identity[f"{about[2]}.tokenizer"] = written(source.tokenizer)
    if getattr(source.tokenizer, "path", "") is None:
        identity["the text that the tokenizer is trained on"] = text[:12]
    return Start(after, settings, identity)


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Changed, ...]:
    """The settings that differ, in the order of the spec."""
    return tuple(
        Changed(name, before.get(name), now.get(name))
        for name in dict.fromkeys([*now, *before])
        if before.get(name) != now.get(name)
    )


def other_model(found: tuple[Changed, ...], step: int, spans: Mapping[str, Span | None]) -> Diagnostic:
    """TFS804: the checkpoint is of another model, or of another tokenizer."""
    labels = tuple(
        Label(span, f"was {one.was or 'not there'}", primary=index == 0)
        for index, one in enumerate(found)
        if (span := spans.get(one.name)) is not None
    )
    what = "tokenizer" if all("tokenizer" in one.name for one in found) else "model"
    return Diagnostic(
        "TFS804",
        f"the checkpoint at step {step} is of another {what}",
        labels,
        notes=tuple(str(one) for one in found),
        help="take the change back to go on; `--fresh` sets the old run aside and begins anew",
    )


def set_aside(folder: Path) -> Path | None:
    """Rename the folder of a model to `<model>.1`, or the first number that is free; where it went."""
    if not folder.exists():
        return None
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    folder.rename(aside)
    return aside


def _step(place: Path) -> re.Match[str] | None:
    found = STEP.match(place.name)
    return found if found and (place / COMPLETE).exists() else None


def _within(name: str, blocks: tuple[str, ...]) -> bool:
    return any(name.startswith(f"{block}.") for block in blocks)
