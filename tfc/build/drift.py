"""What a compile would do to each path of a folder, worked out before anything is written.

Three things are compared: what lies on the disk, what tfc last wrote (the manifest, and those of interrupted
compiles), and what it would write now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tfc.build import conflict
from tfc.build.manifest import NAME, PENDING, SCHEMA, Entry, Manifest
from tfc.diagnostics.core import Diagnostic
from tfc.files import File, FileSet, RegionError, digest, without_header


class Action(StrEnum):
    """What happens to a path."""

    NOTHING = "nothing"
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    YOURS = "yours"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Change:
    """One path: what happens to it, the text that will lie there, and the edited regions that are kept."""

    path: str
    action: Action
    new: File | None = None
    old: str | None = None
    kept: tuple[str, ...] = ()
    why: str = ""
    problem: Diagnostic | None = None

    @property
    def only_header(self) -> bool:
        """Whether nothing but the line that names the spec's hash is different."""
        return (
            self.action is Action.CHANGE
            and self.new is not None
            and without_header(self.new.text) == without_header(self.old or "")
        )


@dataclass(frozen=True)
class Drift:
    """All paths of a folder that a compile looks at, in their order."""

    folder: Path
    changes: tuple[Change, ...]
    manifest: Manifest | None  # as it lies there, before this compile
    pending: tuple[Manifest, ...] = ()  # what compiles that were interrupted were about to write
    interrupted: bool = False

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def of(self, *actions: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action in actions)

    @property
    def conflicts(self) -> tuple[Diagnostic, ...]:
        """The TFS801 of each path where a compile would lose somebody's work."""
        return tuple(change.problem for change in self.changes if change.problem is not None)

    @property
    def clean(self) -> bool:
        """Whether a compile would find nothing to do."""
        return not self.interrupted and not self.of(Action.ADD, Action.CHANGE, Action.REMOVE, Action.CONFLICT)


def compare(files: FileSet, folder: Path) -> Drift:
    """What compiling `files` into `folder` would do; reads the folder and writes nothing."""
    current = Manifest.read(folder / NAME)
    places = sorted(folder.glob(f"{PENDING}*"))
    pending = tuple(manifest for place in places if (manifest := Manifest.read(place)) is not None)
    known = [manifest for manifest in (*pending, current) if manifest and manifest.schema == SCHEMA]
    paths = sorted({*files, *(path for manifest in known for path in manifest.files)})
    changes = (_path(path, files.get(path), folder, known) for path in paths)
    found = tuple(change for change in changes if change is not None)
    return Drift(folder, found, current, pending, bool(places))


def _path(path: str, new: File | None, folder: Path, manifests: list[Manifest]) -> Change | None:
    """The row of the table for one path; None where nothing lies and nothing is wanted."""
    known = [manifest.files[path] for manifest in manifests if path in manifest.files]
    place, old = folder / path, ""
    try:
        old = _read(place)
        if old is None:
            return Change(path, Action.ADD, new) if new is not None else None
        if _given_up(old, new, path):
            return Change(path, Action.YOURS, new, old, why=_outdated(new, known))
        lying = File(old)
        entry = _match(lying, new, known)
    except conflict.Unreadable as reason:
        return Change(path, Action.CONFLICT, new, problem=conflict.unreadable(place, str(reason)))
    except RegionError as reason:
        return Change(path, Action.CONFLICT, new, old, problem=conflict.marks(place, old or "", str(reason)))
    if entry is None:
        return Change(path, Action.CONFLICT, new, old, problem=conflict.edited(place, old, new, bool(known)))
    edited = {name: body for name, body in lying.regions.items() if digest(body) != entry.regions.get(name)}
    return _ours(path, lying, new, edited, place)


def _ours(path: str, lying: File, new: File | None, edited: dict[str, str], place: Path) -> Change:
    """The rows for a file that is as tfc left it but for the bodies of its regions."""
    lost = sorted(set(edited) - set(new.regions if new else ()))
    if lost:
        problem = conflict.region_lost(place, lying.text, lost[0], new is None)
        return Change(path, Action.CONFLICT, new, lying.text, problem=problem)
    if new is None:
        return Change(path, Action.REMOVE, old=lying.text)
    carried = new.with_bodies(edited)
    action = Action.NOTHING if carried.text == lying.text else Action.CHANGE
    return Change(path, action, carried, lying.text, kept=tuple(sorted(edited)))


def _match(lying: File, new: File | None, known: list[Entry]) -> Entry | None:
    """The state of this file that tfc knows: as some manifest says, or as it would be written now."""
    candidates = [*known, *([Entry.of(new)] if new is not None else [])]
    return next((entry for entry in candidates if entry.hash == lying.hash), None)


def _given_up(old: str, new: File | None, path: str) -> bool:
    """Whether a file lost the header that it had; JSON cannot hold one, and is judged by its hash."""
    can_have_one = new.owned if new is not None else not path.endswith(".json")
    return can_have_one and not File(old).owned


def _outdated(new: File | None, known: list[Entry]) -> str:
    """Whether a file that was made somebody's own would be another one today."""
    if new is None or not known or any(entry.hash == new.hash for entry in known):
        return ""
    return "what tfc would write has changed since"


def _read(place: Path) -> str | None:
    """The text at `place`, or None; newlines as they are."""
    try:
        return place.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise conflict.Unreadable("it is not UTF-8 text") from None
    except OSError as error:
        raise conflict.Unreadable((error.strerror or "it cannot be read").lower()) from None
