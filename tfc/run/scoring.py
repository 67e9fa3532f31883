"""Scores: which the budgets need, the runs of `evaluate.py` that make them, and the files that hold them.

A model is scored as it is decoded by default. Where it is compared with another, or with what became of it, both must
be decoded alike: then it is scored once more, under that decoding, which has an entry of its own in `scores.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfc.run.scripts import code, made
from tfc.run.steps import LEARNING, Step
from tfc.run.work import SCORES, WEIGHTS, Task, Work
from tfc.spec.budget import METRICS, Budget

EVALUATE = "evaluate.py"
BEAM = re.compile(r"beam (\d+), length penalty (\S+)\Z")
GPU = ("/dev/nvidiactl", "/dev/dxg")  # where a driver of NVIDIA is, on Linux and on WSL
AFTER = (SCORES, "measured.json")  # what lies in the folder of a deployment and comes after its scores

Row = Mapping[str, Any]  # each metric


@dataclass(frozen=True)
class Scored:
    """What one split scored: how texts were chosen (empty where nothing is chosen), and each direction's metrics."""

    decoding: str
    rows: Mapping[str, Row]


def score_model(work: Work, label: str) -> None:
    """Evaluate a model that learns here, on each split that a budget of its block asks about."""
    step = work.learnt(label)
    if step is None or not (work.folder / EVALUATE).is_file():
        return
    for split in _splits(work, step, step.block.budgets):
        _evaluate_model(work, step, split)


def score_deployment(work: Work, step: Step) -> None:
    """Evaluate what was exported, on each split that a budget asks about, where there is anything to score it on.

    The weights that it is made of are first scored as it decodes, so that what it has lost can be told.
    """
    learning = work.learnt(step.model)
    if learning is None or not (work.folder / EVALUATE).is_file():
        return
    folder, decoding = step.folder(work.runs), decoding_of(work, step)
    for split in _splits(work, learning, step.block.budgets):
        if decoding is not None:
            scored_alike(work, step.model, split[-1] if split else split_of(work, learning), decoding)
        read = [file for file in sorted(folder.iterdir()) if file.name not in AFTER]
        given = work.hashes(work.wanted(step)) | code(EVALUATE, work.folder) | made(read, work.runs)
        words = ("--deploy", step.label, *split, *_instead(work, step))
        work.once(Task(_name(step, split), work.script(EVALUATE, *words), given, folder / SCORES))


def decoding_of(work: Work, step: Step) -> str | None:
    """How a deployment chooses texts, in the words of `scores.json`; None where `evaluate.py` cannot choose alike."""
    decoding = step.block.decoding
    if work.plan.solved.model_of(step.block).family != "encoder_decoder":
        return None
    if decoding.name == "beam":
        return f"beam {decoding.width}, length penalty {decoding.length_penalty:g}"
    return "greedy" if decoding.name == "greedy" else None


def _instead(work: Work, step: Step) -> tuple[str, ...]:
    """Without a GPU the graphs of an engine are scored under onnxruntime: other kernels, the same numbers."""
    if step.block.target.name != "tensorrt" or any(Path(place).exists() for place in GPU):
        return ()
    work.tell(f"{step.name}: there is no GPU here for its engines, so that onnxruntime runs its graphs")
    return ("--program", "onnxruntime")


def scored_alike(work: Work, label: str, split: str, decoding: str) -> Scored | None:
    """A model's scores on a split under a decoding, which are made if it learns here; None where there are none."""
    step, place = work.learnt(label), work.model(label) / SCORES
    words = _words(decoding)
    if step is not None and words is not None and (work.folder / EVALUATE).is_file():
        default = split_of(work, step)
        found = read(place, LEARNING, split)
        if split != default or found is None or found.decoding != decoding:
            named = () if split == default else ("--split", split)
            _evaluate_model(work, step, (*named, *words), quiet=True)
    return read(place, LEARNING, split, decoding)


def read(place: Path, stages: Iterable[str], split: str, decoding: str | None = None) -> Scored | None:
    """The scores of a split in a `scores.json`, of the last of some stages: as by default, or under a decoding."""
    try:
        known = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    stage = next((known[name] for name in reversed(tuple(stages)) if name in known), {})
    for name, entry in stage.items():
        chosen = entry.get("decoding", "")
        mine = name == split if decoding is None else name.partition(", ")[0] == split and chosen == decoding
        if mine:
            return Scored(chosen, entry.get("directions") or entry.get("languages") or {})
    return None


def split_of(work: Work, step: Step, budget: Budget | None = None) -> str:
    """The split that a budget speaks of: the one that it names, else `test`, else `dev`, else a part of `train`."""
    named = budget.conditions.get("on") if budget is not None else None
    if named:
        return str(named).rpartition(".")[2]
    data = work.plan.solved.data_of(step.block)
    held_out = (split for split in ("test", "dev") if getattr(data, split) is not None)
    return next(held_out, "train" if budget is None else "dev")


def _splits(work: Work, step: Step, budgets: Iterable[Budget]) -> list[tuple[str, ...]]:
    """The options of each run of `evaluate.py`: none for the split that it scores by itself."""
    default = split_of(work, step)
    data = work.plan.solved.data_of(step.block)
    asked = [split_of(work, step, budget) for budget in budgets if METRICS[budget.metric].measured]
    more = [name for name in dict.fromkeys(asked) if name != default and getattr(data, name) is not None]
    return [(), *(("--split", name) for name in more)]


def _evaluate_model(work: Work, step: Step, words: tuple[str, ...], quiet: bool = False) -> None:
    folder = step.folder(work.runs)
    given = work.hashes(work.wanted(step))
    given |= code(EVALUATE, work.folder) | made([folder / WEIGHTS], work.runs)
    command = work.script(EVALUATE, step.model, *words)
    again = step.kind in work.fresh and not words
    work.once(Task(_name(step, words), command, given, folder / SCORES, again=again, quiet=quiet))


def _name(step: Step, words: Iterable[str]) -> str:
    """`train: evaluate.py --split dev`."""
    return f"{step.name}: {' '.join((EVALUATE, *words))}"


def _words(decoding: str) -> tuple[str, ...] | None:
    """The options under which `evaluate.py` decodes so; None for a decoding that it does not have."""
    if decoding in ("", "greedy"):
        return ("--beam", "1") if decoding else ()
    found = BEAM.match(decoding)
    return ("--beam", found[1], "--length-penalty", found[2]) if found else None
