"""Fixes are applied together where they can be, and refused where they cannot."""

from __future__ import annotations

import pytest

from tfc.diagnostics.core import Edit, Fix, Source
from tfc.diagnostics.fixes import Overlap, apply, compatible

TEXT = Source("x.tfs", "abcdef")
OTHER = Source("y.tfs", "ghi")


def fix(*edits: tuple[int, int, str], source: Source = TEXT) -> Fix:
    return Fix("", tuple(Edit(source.span(start, end), text) for start, end, text in edits))


@pytest.mark.parametrize(
    ("fixes", "text"),
    [
        ([fix((0, 1, "A"))], "Abcdef"),
        ([fix((2, 2, "-"))], "ab-cdef"),
        ([fix((6, 6, "g"))], "abcdefg"),
        ([fix((4, 6, "")), fix((0, 2, "X"))], "Xcd"),
        ([fix((0, 1, "A"), (1, 2, "B"))], "ABcdef"),
        ([fix((1, 1, "-")), fix((1, 2, "B"))], "a-Bcdef"),
        ([fix((1, 2, "B")), fix((1, 2, "B"))], "aBcdef"),
    ],
)
def test_fixes_that_go_together(fixes, text):
    assert apply(fixes) == {"x.tfs": text}
    assert compatible(fixes) == tuple(fixes)


@pytest.mark.parametrize(
    "fixes",
    [
        [fix((0, 3, "A")), fix((2, 4, "B"))],
        [fix((0, 3, "A")), fix((0, 3, "B"))],
        [fix((2, 2, "A")), fix((2, 2, "B"))],
        [fix((0, 4, "A")), fix((1, 2, "B"))],
    ],
)
def test_fixes_that_overlap_are_refused(fixes):
    with pytest.raises(Overlap, match=r"two fixes change x\.tfs:1:"):
        apply(fixes)
    assert compatible(fixes) == (fixes[0],)


def test_several_sources_are_changed_each_for_itself():
    both = Fix("", (*fix((0, 1, "A")).edits, *fix((0, 1, "G"), source=OTHER).edits))
    assert apply([both]) == {"x.tfs": "Abcdef", "y.tfs": "Ghi"}
    assert apply([]) == {}


def test_a_fix_is_taken_whole_or_not_at_all():
    first = fix((0, 1, "A"))
    both = Fix("", (*fix((0, 1, "B")).edits, *fix((0, 1, "G"), source=OTHER).edits))
    later = fix((2, 3, "C"))
    assert compatible([first, both, later]) == (first, later)
