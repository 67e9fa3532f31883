"""What TFS801 says: where a file was edited so that a compile would lose the edit, and what to do then."""

from __future__ import annotations

from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from tfc.diagnostics.core import Diagnostic, Label, Source, Span
from tfc.files import BEGIN, File, without_header

SHOWN = 30  # lines of a diff, before it is cut

HELP = (
    "move the edit into a region or the spec; or delete the header line, and the file is yours; "
    "or `--force`, which keeps this file as `{name}.orig`"
)


class Unreadable(Exception):
    """A path that holds something that is not a text."""


def edited(place: Path, old: str, new: File | None, known: bool) -> Diagnostic:
    """A file that differs outside its regions from what tfc wrote, or that has our header and no record."""
    what = "was edited outside its regions" if known else "bears the header of tfc and is in no manifest"
    wanted = without_header(new.text) if new is not None else ""
    notes = _diff(without_header(old), wanted) if new is not None else ("this spec no longer needs the file",)
    return _problem(place, f"`{place.name}` {what}", Label(_first(place, old, wanted), "here"), notes)


def region_lost(place: Path, old: str, region: str, whole_file: bool) -> Diagnostic:
    """A region with somebody's code in it, that the new text has no place for."""
    why = "this spec no longer needs the file" if whole_file else "the file has no such region any more"
    begins = [number for number, line in enumerate(old.split("\n"), 1) if _begins(line, region)]
    label = Label(_line(Source(place.as_posix(), old), begins[0]), "yours, and it would be lost")
    message = f"the region `{region}` of `{place.name}` was edited and has nowhere to go"
    return _problem(place, message, label, (why,))


def marks(place: Path, old: str, reason: str) -> Diagnostic:
    """A file whose `# tfc: begin` and `# tfc: end` no longer pair."""
    label = Label(_line(Source(place.as_posix(), old), 1), reason)
    return _problem(place, f"the regions of `{place.name}` cannot be told apart", label, ())


def unreadable(place: Path, reason: str) -> Diagnostic:
    """A path where a generated file belongs, and where something else lies."""
    return Diagnostic(
        "TFS801",
        f"`{place.name}` is in the way of a generated file",
        notes=(f"{place.as_posix()}: {reason}",),
        help="move it away, or compile into another folder with `--out DIR`",
    )


def _problem(place: Path, message: str, label: Label, notes: tuple[str, ...]) -> Diagnostic:
    return Diagnostic("TFS801", message, (label,), notes=notes, help=HELP.format(name=place.name))


def _diff(old: str, new: str) -> tuple[str, ...]:
    """The edit as a unified diff, from what tfc would write to what lies there."""
    names = ("as tfc writes it", "as it lies there")
    lines = list(unified_diff(new.split("\n"), old.split("\n"), *names, n=0, lineterm=""))
    cut = [*lines[:SHOWN], f"... {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else lines
    return ("\n".join(cut),) if cut else ()


def _first(place: Path, old: str, new: str) -> Span:
    """The first line of the file on the disk that tfc would not write so."""
    lines, bare, wanted = old.split("\n"), without_header(old).split("\n"), new.split("\n")
    blocks = SequenceMatcher(None, bare, wanted, autojunk=False).get_opcodes()
    start = next((i for tag, i, *_ in blocks if tag != "equal"), 0)
    return _line(Source(place.as_posix(), old), min(start + len(lines) - len(bare) + 1, len(lines)))


def _line(source: Source, number: int) -> Span:
    text = source.line(number)
    start = source.starts[number - 1]
    return source.span(start + len(text) - len(text.lstrip()), start + len(text))


def _begins(line: str, region: str) -> bool:
    mark = BEGIN.match(line)
    return mark is not None and mark[1] == region
