"""Applying fixes: edits of texts, refused where two of them want the same place."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from tfc.diagnostics.core import Edit, Fix


class Overlap(ValueError):
    """Two edits that cannot both be made."""


def apply(fixes: Iterable[Fix]) -> dict[str, str]:
    """The new text of each source that the fixes change, by its name; an edit that several want is made once.

    Raises `Overlap` if two different edits touch the same place.
    """
    return {name: edited(found[0].span.source.text, found) for name, found in _by_source(fixes).items()}


def compatible(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """The fixes that can be applied together: each that does not overlap with those before it."""
    chosen: list[Fix] = []
    taken: dict[str, list[Edit]] = {}
    for fix in fixes:
        wanted = {name: _sorted([*taken.get(name, ()), *found]) for name, found in _by_source([fix]).items()}
        if all(_clash(edits) is None for edits in wanted.values()):
            chosen.append(fix)
            taken.update(wanted)
    return tuple(chosen)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after the edits, whose spans all count in the text as it was."""
    ordered = _sorted(edits)
    clash = _clash(ordered)
    if clash:
        raise Overlap(f"two fixes change {clash[0].span} and {clash[1].span}")
    pieces, last = [], 0
    for edit in ordered:
        pieces += [text[last : edit.span.start], edit.replacement]
        last = edit.span.end
    return "".join(pieces) + text[last:]


def _sorted(edits: Iterable[Edit]) -> list[Edit]:
    unique = {(edit.span.start, edit.span.end, edit.replacement): edit for edit in edits}
    return [unique[key] for key in sorted(unique)]


def _clash(ordered: list[Edit]) -> tuple[Edit, Edit] | None:
    """Two neighbours that overlap, or that insert different texts at one place."""
    for one, other in pairwise(ordered):
        same_place = (one.span.start, one.span.end) == (other.span.start, other.span.end)
        if same_place or other.span.start < one.span.end:
            return one, other
    return None


def _by_source(fixes: Iterable[Fix]) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for edit in (edit for fix in fixes for edit in fix.edits):
        found.setdefault(edit.span.source.name, []).append(edit)
    return found
