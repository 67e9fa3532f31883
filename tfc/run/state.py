"""`runs/steps.json`: which steps of a run are done, and with what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfc.build.write import replace

NAME = "steps.json"
SCHEMA = 1


@dataclass(frozen=True)
class Start:
    """One start of a step: the step number of the checkpoint that it went on from, and what it began with."""

    after: int
    settings: Mapping[str, str]
    identity: Mapping[str, str]  # of what a checkpoint must share: the model's shape, the tokenizer


@dataclass
class Record:
    """One step: whether it is done, what it read then, and its starts that a checkpoint may come from."""

    done: bool = False
    inputs: Mapping[str, Any] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)

    def behind(self, checkpoint: int) -> Start | None:
        """The start that made a checkpoint: the last that went on from an earlier one."""
        return next((start for start in reversed(self.starts) if start.after < checkpoint), None)

    def begin(self, start: Start) -> None:
        """Remember a start, and forget those that no checkpoint comes from any more."""
        made = self.behind(start.after)
        self.done = False
        self.starts = [*([made] if made is not None else []), start]


@dataclass
class State:
    """All steps of a generated folder, by name, and the hashes of data files that need not be read again."""

    place: Path
    steps: dict[str, Record] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, runs: Path) -> State:
        """What is known of the runs in a folder; nothing, if there is none or it is damaged."""
        place = runs / NAME
        try:
            raw = json.loads(place.read_text(encoding="utf-8"))
            if raw["schema"] != SCHEMA:
                return cls(place)
            steps = {name: _record(step) for name, step in raw["steps"].items()}
            return cls(place, steps, dict(raw["files"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(place)

    def of(self, step: str) -> Record:
        return self.steps.setdefault(step, Record())

    def write(self) -> None:
        self.place.parent.mkdir(parents=True, exist_ok=True)
        steps = {
            name: {
                "done": record.done,
                "inputs": record.inputs,
                "starts": [
                    {"after": start.after, "settings": start.settings, "identity": start.identity}
                    for start in record.starts
                ],
            }
            for name, record in self.steps.items()
        }
        raw = {"schema": SCHEMA, "steps": steps, "files": self.files}
        replace(self.place, json.dumps(raw, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def _record(raw: Mapping[str, Any]) -> Record:
    starts = [Start(start["after"], start["settings"], start["identity"]) for start in raw["starts"]]
    return Record(raw["done"], raw["inputs"], starts)
