"""Padded lengths."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc.fields import AUTO
from tfc.parallel.buckets import edges, lengths, shapes


def test_short_buckets_are_eight_wide():
    assert edges(40) == (8, 16, 24, 32, 40)


def test_long_buckets_grow_by_a_half_or_a_third():
    assert edges(512) == (8, 16, 24, 32, 40, 48, 56, 64, 96, 128, 192, 256, 384, 512)


@given(st.integers(1, 10_000))
def test_every_length_has_a_bucket(longest: int):
    found = edges(longest)
    assert found[-1] == longest
    assert list(found) == sorted(set(found))


@given(st.integers(16, 10_000))
def test_a_third_is_padding_at_most(longest: int):
    found = edges(longest)
    for before, edge in pairwise(found):
        assert edge - (before + 1) <= max(7, edge / 3 + 1)


def test_written_buckets_hold_the_context_and_the_bounds_of_a_match():
    assert lengths((16, 64), 128, (32, 500)) == (16, 32, 64, 128)
    assert lengths(AUTO, 24) == (8, 16, 24)


@pytest.mark.parametrize(
    ("family", "expected"),
    [("decoder", ((0, 8),)), ("encoder", ((8, 0),)), ("encoder_decoder", ((8, 8),))],
)
def test_a_family_has_its_sides(family: str, expected: tuple[tuple[int, int], ...]):
    assert shapes(family, (8,)) == expected
