"""Compiling: a plan's files into a folder, and what `auto` became into the lock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfc.build.drift import Drift, compare
from tfc.build.lock import Lock, mismatch
from tfc.build.manifest import SCHEMA
from tfc.build.plan_json import plan_json
from tfc.build.write import replace, write
from tfc.diagnostics.core import Diagnostic, Report, SpecError
from tfc.files import File, FileSet
from tfc.plan import Plan


@dataclass(frozen=True)
class Built:
    """What a compile found in the folder and did there, and whether it wrote anything at all."""

    folder: Path
    drift: Drift
    wrote: bool
    locked: bool  # whether `tfc.lock` was written


def contents(plan: Plan) -> FileSet:
    """All that a compile writes but the manifest; raises `SpecError` for a plan that cannot be built."""
    return plan.files | {"plan.json": File(plan_json(plan))}


def build(plan: Plan, folder: Path, file: Path | None, *, force: bool = False, locked: bool = False) -> Built:
    """Write what `plan` leads to into `folder`, and the lock beside `file` if one is given.

    Raises `SpecError` where the spec cannot be built, a hand edit would be lost (unless `force`), or the
    lock would change (if `locked`); nothing is written then.
    """
    files = contents(plan)
    lock = Lock.beside(file) if file is not None else None
    if lock is not None and locked:
        Report(mismatch(lock, plan.name, plan.auto, plan.auto_spans)).raise_errors()
    drift = compare(files, folder)
    Report(_other_schema(drift)).raise_errors()
    if not force:
        Report(drift.conflicts).raise_errors()
    try:
        # The lock goes first: a compile that is killed from here on is finished with the same values.
        relocked = _remember(lock, plan) if lock is not None else False
        return Built(folder, drift, write(drift, files, plan.name, plan.hash, force), relocked)
    except OSError as error:
        raise SpecError(Report([_unwritable(folder, error)])) from error


def _remember(lock: Lock, plan: Plan) -> bool:
    """Write the lock if it would say something else, and say whether that was so."""
    new = lock.remembering(plan.name, plan.auto)
    if new.specs == lock.specs:
        return False
    replace(lock.place, new.text())
    return True


def _other_schema(drift: Drift) -> tuple[Diagnostic, ...]:
    """TFS803 where the folder's manifest is of a kind that this version does not know."""
    if drift.manifest is None or drift.manifest.schema == SCHEMA:
        return ()
    message = (
        f"`{drift.folder.as_posix()}` was made by tfc {drift.manifest.version}, which keeps another manifest"
    )
    return (
        Diagnostic(
            "TFS803", message, help="compile into another folder with `--out DIR`, or use that version"
        ),
    )


def _unwritable(folder: Path, error: OSError) -> Diagnostic:
    """TFS805: the disk is full, somebody else's, or not there."""
    place = Path(error.filename).as_posix() if error.filename else folder.as_posix()
    return Diagnostic(
        "TFS805",
        f"`{place}` cannot be written: {(error.strerror or 'unknown reason').lower()}",
        help="mend that and compile again, which finishes what was begun; or compile elsewhere with `--out DIR`",
    )
