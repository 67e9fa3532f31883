"""`manifest.json`: what was written into a folder, so that a later compile can tell an edit from its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfc import __version__
from tfc.diagnostics.core import Span
from tfc.files import File, digest

NAME = "manifest.json"
PENDING = "manifest.json.new"  # lies there only while a compile is at work, or after one was interrupted
SCHEMA = 1


@dataclass(frozen=True)
class Entry:
    """One file as tfc last wrote it; `regions` has the hash of each body that tfc itself would write."""

    hash: str
    regions: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    @classmethod
    def of(cls, file: File) -> Entry:
        bodies = {name: digest(body) for name, body in file.regions.items()}
        return cls(file.hash, bodies, stretches(file.spans))

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Entry:
        return cls(raw["hash"], dict(raw["regions"]), tuple(raw["from"]))

    def plain(self) -> dict[str, Any]:
        return {"hash": self.hash, "regions": dict(sorted(self.regions.items())), "from": list(self.lines)}


@dataclass(frozen=True)
class Manifest:
    """The files of a folder by path, and the spec and the version of tfc that they came from."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    spec: str = ""
    hash: str = ""
    version: str = __version__
    schema: int = SCHEMA

    @classmethod
    def read(cls, place: Path) -> Manifest | None:
        """The manifest at `place`; None if there is none, or none that can be understood."""
        try:
            raw = json.loads(place.read_text(encoding="utf-8"))
            if raw["schema"] != SCHEMA:
                return cls(version=raw["tfc"], schema=raw["schema"])
            files = {path: Entry.read(entry) for path, entry in raw["files"].items()}
            return cls(files, raw["spec"], raw["hash"], raw["tfc"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def text(self) -> str:
        files = {path: entry.plain() for path, entry in sorted(self.files.items())}
        raw = {
            "schema": self.schema,
            "tfc": self.version,
            "spec": self.spec,
            "hash": self.hash,
            "files": files,
        }
        return json.dumps(raw, indent=2, ensure_ascii=False) + "\n"


def stretches(spans: Iterable[Span]) -> tuple[str, ...]:
    """`model.tfs:3-18`, `model.tfs:24`: the lines of the spans, neighbours joined, each file's in order."""
    lines = sorted({(span.source.name, span.line) for span in spans})
    found: list[tuple[str, int, int]] = []
    for name, line in lines:
        if found and found[-1][0] == name and found[-1][2] >= line - 1:
            found[-1] = (name, found[-1][1], line)
        else:
            found.append((name, line, line))
    return tuple(
        f"{name}:{first}" if first == last else f"{name}:{first}-{last}" for name, first, last in found
    )
