"""Which fixes are applied, and where their texts are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tfc.diagnostics.core import Diagnostic, Fix, Report, Safety, Source
from tfc.diagnostics.fixes import apply, compatible


class Refused(Exception):
    """Why a chosen edit is not applied."""


def safe(report: Report, code: str | None) -> Sequence[Fix]:
    """The first safe fix of each diagnostic, as far as they do not overlap and their lines stand in a file."""
    offered = (
        next((fix for fix in found.fixes if fix.safety is Safety.SAFE), None)
        for found in matching(report, code)
    )
    return compatible(fix for fix in offered if fix is not None and all(map(on_disk, sources(fix))))


def chosen(report: Report, number: int, code: str | None) -> Fix:
    """Edit `number` of the first diagnostic that numbers its edits, or of the first with `code`; raises `Refused`."""
    found = next((found for found in matching(report, code) if len(found.fixes) > (0 if code else 1)), None)
    if found is None:
        raise Refused(f"no diagnostic{f' {code}' if code else ''} of this spec offers edits to pick from")
    if number > len(found.fixes):
        raise Refused(f"{found.code} offers {len(found.fixes)} edits, and {number} was picked")
    fix = found.fixes[number - 1]
    if fix.safety is Safety.CHANGES_MODEL:
        raise Refused(
            f"edit {number} of {found.code} changes the model, which is yours to write: {fix.title}"
        )
    elsewhere = next((source for source in sources(fix) if not on_disk(source)), None)
    if elsewhere is not None:
        raise Refused(
            f"edit {number} of {found.code} would change {elsewhere.name}, which is no file of yours"
        )
    return fix


def matching(report: Report, code: str | None) -> Iterable[Diagnostic]:
    return (found for found in report if code is None or found.code == code.upper())


def sources(fix: Fix) -> set[Source]:
    return {edit.span.source for edit in fix.edits}


def on_disk(source: Source) -> bool:
    """Whether the source is a file that still holds this text: not a `--set`, a preset or standard input."""
    place = Path(source.path)
    return place.is_file() and place.read_bytes().decode("utf-8-sig", "replace") == source.text


def write_texts(fixes: Iterable[Fix], dry: bool = False) -> dict[Source, str]:
    """Apply the fixes to their files, unless `dry`, and give the new text of each source."""
    fixes = list(fixes)
    named = {source.name: source for fix in fixes for source in sources(fix)}
    texts = {named[name]: text for name, text in apply(fixes).items()}
    for source, text in texts.items():
        if not dry:
            mark = b"\xef\xbb\xbf" if Path(source.path).read_bytes().startswith(b"\xef\xbb\xbf") else b""
            Path(source.path).write_bytes(mark + text.encode())
    return texts
