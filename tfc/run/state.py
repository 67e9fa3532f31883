"""`runs/steps.json`: which steps of a run are done, and with what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tfc.build.write import replace

NAME = "steps.json"
SCHEMA = 1


@dataclass
class Record:
    """One step: whether it is done, what it read, and what its checkpoints have in common."""

    done: bool = False
    inputs: Mapping[str, str] = field(default_factory=dict)
    identity: Mapping[str, str] = field(default_factory=dict)


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
            steps = {name: Record(**step) for name, step in raw["steps"].items()}
            return cls(place, steps, dict(raw["files"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(place)

    def of(self, step: str) -> Record:
        """The record of a step, made if there is none yet."""
        return self.steps.setdefault(step, Record())

    def write(self) -> None:
        """Put all of it into the file at once."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        steps = {name: asdict(record) for name, record in self.steps.items()}
        raw = {"schema": SCHEMA, "steps": steps, "files": self.files}
        replace(self.place, json.dumps(raw, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
