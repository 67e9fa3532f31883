"""Files to sources: what is read is UTF-8 text of at most 1 MiB, or a diagnostic."""

from __future__ import annotations

import os
from pathlib import Path

from tfc.diagnostics.core import Diagnostic, Label, Report, Source, Span, SpecError
from tfc.diagnostics.suggest import nearest
from tfc.units import group

LONGEST = 2**20  # bytes; language.md: the parser takes seconds for more, and nobody writes so much by hand


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
    if len(content) > LONGEST:
        size = size or len(content)
        raise SpecError(Report([_too_long(Path(folder, name), size)]))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(Report([_not_text(Path(folder, name), content, error.start)])) from None
    return Source(name, text, folder)


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


def _too_long(place: Path, size: int) -> Diagnostic:
    message = f"`{place.as_posix()}` has {group(size)} bytes, and a spec has at most {group(LONGEST)}"
    return Diagnostic(
        "TFS005", message, help="is this the file that was meant? a spec is a page or two of text"
    )


def _not_text(place: Path, content: bytes, start: int) -> Diagnostic:
    line = content.count(b"\n", 0, start) + 1
    message = f"`{place.as_posix()}` is not UTF-8 text"
    note = f"byte {group(start + 1)}, in line {group(line)}, is 0x{content[start]:02x}: no character of UTF-8"
    return Diagnostic("TFS005", message, notes=(note,), help="save the file as UTF-8")
