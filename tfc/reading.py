"""Files to sources: what is read is UTF-8 text of at most 1 MiB, or a diagnostic."""

from __future__ import annotations

import os
from pathlib import Path

from tfc.diagnostics.core import Diagnostic, Report, Source, SpecError
from tfc.diagnostics.suggest import nearest
from tfc.syntax.read import LONGEST, read_source


def read(name: str, folder: str = "", asking: str = "") -> Source:
    """The source `name`, seen from `folder`; `asking` is the spec that extends it, if one does.

    Raises `SpecError` for what is no such text.
    """
    place = Path(folder, name)
    try:
        with place.open("rb") as file:
            content = file.read(LONGEST + 1)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise SpecError(Report([_unreadable(place, error, asking)])) from None
    return decode(content, name, folder, max(size, len(content)))


def decode(content: bytes, name: str, folder: str = "", size: int | None = None) -> Source:
    """Bytes as a source; raises `SpecError` (TFS005) for what is not UTF-8 text of at most 1 MiB."""
    source, report = read_source(name, content, folder, size)
    report.raise_errors()
    return source


def _unreadable(place: Path, error: OSError, asking: str) -> Diagnostic:
    path = place.as_posix()
    if isinstance(error, FileNotFoundError):
        message, help = f"there is no file `{path}`", _instead(place.parent, place.name, asking)
    else:
        message = f"`{path}` cannot be read: {(error.strerror or 'unknown reason').lower()}"
        help = _instead(place, "", asking) if place.is_dir() else "name a file that you may read"
    return Diagnostic("TFS701", message, help=help)


def _instead(folder: Path, name: str, asking: str) -> str:
    """The spec in `folder` that may have been meant, or those that there are beside the one that asks."""
    known = sorted(other.name for other in folder.glob("*.tfs") if other.name != asking)
    near = nearest(name, known) if name else None
    if near:
        return f"did you mean `{(folder / near).as_posix()}`?"
    listed = ", ".join(f"`{(folder / other).as_posix()}`" for other in known[:5])
    return f"there are {listed}" if known else "`tfc new --out FILE` makes a spec"
