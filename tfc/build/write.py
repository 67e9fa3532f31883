"""Writing a folder so that it is never half of one compile and half of another without saying so.

What is about to be written is declared first (`manifest.json.new`), each file is written beside its place
and renamed into it, and the manifest comes last: a compile that was interrupted is finished by the next, of
this spec or another.
"""

from __future__ import annotations

import os
from pathlib import Path

from tfc.build.drift import Action, Change, Drift
from tfc.build.manifest import NAME, PENDING, Entry, Manifest
from tfc.diagnostics.core import Report
from tfc.files import FileSet


def write(drift: Drift, files: FileSet, spec: str, hash: str, force: bool = False) -> bool:
    """Do what `drift` found, and say whether anything was done.

    Raises `SpecError` with each TFS801, having written nothing, unless `force`.
    """
    if not force:
        Report(drift.conflicts).raise_errors()
    manifest = _manifest(drift, files, spec, hash)
    if drift.clean and drift.manifest == manifest:
        return False
    folder = drift.folder
    folder.mkdir(parents=True, exist_ok=True)
    pending = _free(
        folder / PENDING
    )  # beside those of earlier interruptions: their files may still lie there
    replace(pending, manifest.text())
    for change in drift:
        _apply(change, folder)
    _sweep(folder, manifest, drift.manifest, *drift.pending)
    os.replace(pending, folder / NAME)
    for left in folder.glob(f"{PENDING}*"):
        left.unlink()
    return True


def replace(place: Path, text: str, executable: bool = False) -> None:
    """Put `text` at `place` at once: a reader sees the old file or the new, never a part of one."""
    beside = _beside(place)
    beside.write_bytes(text.encode())
    if executable:
        beside.chmod(0o755)
    os.replace(beside, place)


def _manifest(drift: Drift, files: FileSet, spec: str, hash: str) -> Manifest:
    """What will have been written; a file that is somebody's own stays as tfc last wrote it, if ever."""
    yours = {change.path for change in drift.of(Action.YOURS)}
    before = drift.manifest.files if drift.manifest is not None else {}
    entries = {path: Entry.of(file) for path, file in files.items() if path not in yours}
    entries |= {path: before[path] for path in sorted(yours) if path in before}
    return Manifest(dict(sorted(entries.items())), spec, hash)


def _apply(change: Change, folder: Path) -> None:
    place = folder / change.path
    if change.action is Action.CONFLICT:
        os.replace(place, _free(place.with_name(f"{place.name}.orig")))  # an earlier .orig is somebody's too
    if change.action in (Action.ADD, Action.CHANGE, Action.CONFLICT) and change.new is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace(place, change.new.text, change.new.executable)
    if change.action is Action.REMOVE:
        place.unlink()


def _free(place: Path) -> Path:
    """`place`, or the first `place.N` where nothing lies."""
    found, number = place, 0
    while found.exists():
        number += 1
        found = place.with_name(f"{place.name}.{number}")
    return found


def _sweep(folder: Path, *manifests: Manifest | None) -> None:
    """Remove what an interrupted compile left beside its places."""
    for path in {path for manifest in manifests if manifest is not None for path in manifest.files}:
        _beside(folder / path).unlink(missing_ok=True)


def _beside(place: Path) -> Path:
    return place.with_name(f".{place.name}.new")
