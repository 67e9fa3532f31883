"""What a run reads beside the generated folder: which files those are, whether they are there, and their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfc.diagnostics.core import Diagnostic, Label
from tfc.spec.data import Data

BLOCK = 1 << 20  # bytes read at a time


@dataclass(frozen=True)
class Wanted:
    """One setting that names files: its full name, the paths it stands for, and those that are there."""

    name: str
    setting: Any  # the variant with a `path`, for its line
    patterns: tuple[str, ...]
    found: tuple[Path, ...]


def wanted(data: Data, prefix: str, folder: Path) -> Iterator[Wanted]:
    """The files of a `data` block's sources and tokenizer, relative paths being seen from `folder`."""
    for name in ("train", "dev", "test"):
        source = getattr(data, name)
        if source is not None and getattr(source, "path", None):
            yield _look(f"{prefix}.{name}", source, _patterns(source.path, data), folder)
    path = getattr(data.tokenizer, "path", None)
    if path:
        yield _look(f"{prefix}.tokenizer", data.tokenizer, (path,), folder)


def missing(found: Iterable[Wanted], folder: Path) -> tuple[Diagnostic, ...]:
    """A TFS701 for each setting whose files are not there, or are empty."""
    return tuple(diagnostic for one in found if (diagnostic := _fault(one, folder)) is not None)


def hashes(found: Iterable[Wanted], folder: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    """Of each file its size, time and SHA-256, by its path as the spec says it.

    `known` is an earlier answer: what has the same size and time is not read again.
    """
    files = sorted({file for one in found for file in one.found})
    return {_named(file, folder): _hash(file, known.get(_named(file, folder))) for file in files}


def _patterns(path: str, data: Data) -> tuple[str, ...]:
    """The paths that a source's path stands for: one for each direction, or for each language."""
    names = _placeholders(path)
    if not names:
        return (path,)
    if "language" in names:
        languages = dict.fromkeys((*data.sources, *data.targets))
        return tuple(path.replace("{language}", language) for language in languages)
    pairs = dict.fromkeys((*data.directions, *(reversed_ for reversed_ in _reversed(data))))
    filled = (path.replace("{source}", source).replace("{target}", target) for source, target in pairs)
    return tuple(dict.fromkeys(filled))


def _placeholders(path: str) -> frozenset[str]:
    return frozenset(name for name in ("source", "target", "language") if f"{{{name}}}" in path)


def _reversed(data: Data) -> Iterator[tuple[str, str]]:
    """With `reverse` a file also serves the direction that is its own read the other way round."""
    if data.reverse:
        yield from ((target, source) for source, target in data.directions)


def _look(name: str, setting: Any, patterns: tuple[str, ...], folder: Path) -> Wanted:
    found = tuple(file for pattern in patterns for file in _expand(pattern, folder) if file.is_file())
    return Wanted(name, setting, patterns, found)


def _expand(pattern: str, folder: Path) -> list[Path]:
    """The files of a path with `*`, sorted; of one without, the file itself."""
    place = Path(folder, pattern)
    if "*" not in pattern:
        return [place]
    fixed = Path(*(part for part in _before_star(place)))
    return sorted(fixed.glob(str(place.relative_to(fixed))))


def _before_star(place: Path) -> Iterator[str]:
    for part in place.parts:
        if "*" in part:
            return
        yield part


def _fault(one: Wanted, folder: Path) -> Diagnostic | None:
    span = one.setting.span_of("path") or one.setting.origin.span
    labels = (Label(span, "these files" if len(one.patterns) > 1 else "this file"),) if span else ()
    empty = [file for file in one.found if file.stat().st_size == 0]
    if one.found and not empty:
        return None
    if empty:
        message = f"`{_named(empty[0], folder)}` is empty"
        return Diagnostic("TFS701", message, labels, help=f"`{one.name}` needs something to read there")
    looked = ", ".join(f"`{pattern}`" for pattern in one.patterns[:3])
    more = f" and {len(one.patterns) - 3} more" if len(one.patterns) > 3 else ""
    alone = len(one.patterns) == 1
    return Diagnostic(
        "TFS701",
        f"there is no file {looked}" if alone else f"`{one.name}` finds no file",
        labels,
        notes=(f"looked for {looked}{more} in `{folder.as_posix()}`, the folder of the spec",),
        help="put the data there, or write where it is; a path is seen from the folder of the spec",
    )


def _named(file: Path, folder: Path) -> str:
    """The path as the spec says it."""
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.as_posix()


def _hash(file: Path, known: Any) -> dict[str, Any]:
    status = file.stat()
    if known and (known["size"], known["time"]) == (status.st_size, status.st_mtime_ns):
        return dict(known)
    return {"size": status.st_size, "time": status.st_mtime_ns, "hash": file_hash(file)}


def file_hash(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(BLOCK):
            found.update(block)
    return found.hexdigest()
