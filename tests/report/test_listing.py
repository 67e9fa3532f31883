"""The spec beside what its lines cause: nothing is lost, and nothing stands at the wrong line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tfc
from tests.report.specs import OVERFULL
from tfc.cost.items import by_line
from tfc.report.listing import LEAST, listings, no_line, pieces


@pytest.mark.parametrize("of", ("resident", "step"))
def test_what_lines_cause_is_all_that_there_is(of: str):
    draft = tfc.load(OVERFULL)
    column = tuple(getattr(draft.estimate, of))
    (listing,) = listings(draft.source, [column])
    found = [row.costs[0] for row in listing.rows if row.costs[0]]
    elsewhere = no_line(column)
    total = sum(cost.share for cost in found) + (elsewhere.share if elsewhere else 0)
    assert total == pytest.approx(1, abs=LEAST * len(listing.rows)) and total <= 1 + 1e-9
    assert max(cost.bar for cost in found) == pytest.approx(1)
    for span, amount in by_line(column).items():
        if span is not None and amount > 2 * LEAST * sum(item.amount for item in column):
            assert listing.rows[span.line - 1].costs[0] is not None


def test_a_setting_of_the_command_line_has_a_listing_of_its_own():
    draft = tfc.load(OVERFULL).set("train.microbatch", "4 sequences")
    found = listings(draft.source, [tuple(draft.estimate.resident), tuple(draft.estimate.step)])
    assert found[0].name == "spec.tfs" and len(found) == 2
    assert "".join(text for _, text in found[1].rows[0].pieces) == "train.microbatch = 4 sequences"


@given(st.text(st.characters(blacklist_characters="\n"), max_size=80))
def test_no_character_of_a_line_is_lost(line: str):
    assert "".join(text for _, text in pieces(line)) == line


def test_what_is_coloured():
    found = dict(reversed(pair) for pair in pieces('  require cost <= 1 K USD because "few # left" # and so'))
    assert found["require"] == found["because"] == "word"
    assert found["1"] == "number" and found["K"] == "unit"
    assert found['"few # left"'] == "text" and found["# and so"] == "comment"
