"""The replay of the caching allocator: rules of CUDACachingAllocator.cpp, one by one, and what an H100 reserved."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.specs import planned
from tfc.cost.allocator import BLOCK, LARGE_SEGMENT, MIB, SMALL_SEGMENT, Allocator, Full, replay
from tfc.cost.items import Figure

H100 = Path(__file__).parent / "h100.csv"


def test_sizes_are_rounded_to_512_bytes():
    allocator = replay([("a", 1), ("b", 513)])
    assert allocator.allocated == BLOCK + 2 * BLOCK


def test_up_to_a_mebibyte_comes_from_the_small_pool():
    allocator = replay([("a", MIB), ("b", MIB + 1)])
    assert (allocator.small.reserved, allocator.large.reserved) == (SMALL_SEGMENT, LARGE_SEGMENT)


def test_segments_of_the_driver_without_expandable_ones():
    sizes = [("a", 3 * MIB), ("b", 4 * MIB), ("c", 13 * MIB + 1), ("d", 30 * MIB)]
    allocator = replay(sizes, expandable=False)
    assert allocator.large.reserved == (20 + 14 + 30) * MIB


def test_a_range_grows_by_pages_and_only_by_what_is_missing():
    allocator = replay([("a", 30 * MIB), ("a", -1), ("b", 50 * MIB)])
    assert allocator.reserved == 60 * MIB  # 40 were there


def test_the_best_fit_is_taken_and_split():
    allocator = replay(
        [("a", 20 * MIB), ("b", 2 * MIB), ("c", 16 * MIB), ("d", 2 * MIB), ("a", -1), ("c", -1)]
    )
    before = allocator.reserved
    allocator.allocate("e", 15 * MIB)  # into the hole of c, not of a
    allocator.allocate("f", 20 * MIB)  # into that of a
    assert allocator.reserved == before


def test_neighbours_merge():
    allocator = replay([("a", 12 * MIB), ("b", 12 * MIB), ("c", 16 * MIB), ("a", -1), ("b", -1)])
    before = allocator.reserved
    allocator.allocate("d", 24 * MIB)
    assert allocator.reserved == before == 40 * MIB


def test_free_pages_are_given_back_before_memory_runs_out():
    requests = [("a", 60 * MIB), ("b", 20 * MIB), ("a", -1), ("c", 70 * MIB)]
    assert replay(requests).reserved == 160 * MIB
    assert replay(requests, limit=100 * MIB).reserved == 100 * MIB
    with pytest.raises(Full):
        replay(requests, limit=99 * MIB)


def test_a_name_is_allocated_once():
    allocator = replay([("a", 5)])
    with pytest.raises(ValueError, match="already"):
        allocator.allocate("a", 5)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 40 * MIB)), max_size=60), st.booleans())
def test_whatever_is_asked_the_books_are_kept(orders: list[tuple[int, int]], expandable: bool):
    allocator, held = Allocator(expandable), {}
    for name, size in orders:
        if name in held:
            allocator.release(name)
            del held[name]
        else:
            allocator.allocate(name, size)
            held[name] = -(-size // BLOCK) * BLOCK
        assert allocator.allocated >= sum(held.values())
        assert allocator.reserved >= allocator.allocated
        starts = [
            (block.start, block.start + block.size)
            for pool, block in allocator._blocks.values()
            if pool is allocator.large
        ]
        assert all(one[1] <= other[0] for one, other in zip(sorted(starts), sorted(starts)[1:], strict=False))
    for name in held:
        allocator.release(name)
    assert allocator.allocated == 0


def rows() -> list[dict[str, str]]:
    with H100.open(encoding="utf-8") as file:
        found = csv.DictReader(line for line in file if not line.startswith("#"))
        return [row for row in found if "compile" not in row["settings"]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['spec']}-{row['settings'][:40]}")
def test_what_is_reserved_is_what_an_h100_reserved(row: dict[str, str]):
    """Nothing was fitted to these rows: the rules are the source's, the requests are the tape's."""
    text = (H100.parent / "measured" / f"{row['spec']}.tfs").read_text()
    settings = [*filter(None, row["settings"].split("; ")), "train.compile = none"]
    figure = planned(text, *settings).estimates["train"].metric("memory.reserved")
    assert isinstance(figure, Figure)
    assert figure.value == pytest.approx(float(row["reserved"]), rel=0.02)
    assert figure.low <= float(row["reserved"]) <= figure.high
