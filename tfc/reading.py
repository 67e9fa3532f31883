"""Files to sources: what is read is UTF-8 text of at most 1 MiB, or a diagnostic."""

from __future__ import annotations

import os
from pathlib import Path

from tfc.diagnostics.core import Diagnostic, Label, Report, Source, Span, SpecError
from tfc.diagnostics.suggest import nearest
from tfc.syntax.read import LONGEST, read_source


def read(name: str, folder: str = "", asked: Span | None = None) -> Source:
    """The source `name`, seen from `folder`.

    Raises `SpecError` for what is no such text, pointing at `asked` where it is a spec that wants the file.
    """
    place = Path(folder, name)
    try:
        with place.open("rb") as file:
            content = file.read(LONGEST + 1)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise SpecError(Report([_unreadable(place, error, asked)])) from None
    return decode(content, name, folder, max(size, len(content)))


def decode(content: bytes, name: str, folder: str = "", size: int | None = None) -> Source:
    """Bytes as a source; raises `SpecError` (TFS005) for what is not UTF-8 text of at most 1 MiB."""
    source, report = read_source(name, content, folder, size)
    report.raise_errors()
    return source


def _unreadable(place: Path, error: OSError, asked: Span | None) -> Diagnostic:
    path, label = place.as_posix(), "this file"
    if isinstance(error, FileNotFoundError):
        message, help = f"there is no file `{path}`", _instead(place.parent, place.name)
    else:
        message = f"`{path}` cannot be read: {(error.strerror or 'unknown reason').lower()}"
        help = _instead(place, "") if place.is_dir() else "name a file that you may read"
    return Diagnostic("TFS701", message, (Label(asked, label),) if asked else (), help=help)


def _instead(folder: Path, name: str) -> str:
    """The spec in `folder` that may have been meant, or those that there are."""
    known = sorted(other.name for other in folder.glob("*.tfs")) if folder.is_dir() else []
    near = nearest(name, known) if name else None
    if near:
        return f"did you mean `{(folder / near).as_posix()}`?"
    listed = ", ".join(f"`{(folder / other).as_posix()}`" for other in known[:5])
    return f"there are {listed}" if known else "`tfc new --out FILE` makes a spec"
