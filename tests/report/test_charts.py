"""What the report draws: nothing beyond its frame, nothing twice, and to scale."""

from __future__ import annotations

import re
from itertools import pairwise
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tfc
from tests.report.specs import OVERFULL
from tests.specs import TRANSLATOR
from tfc.cost.memory import ALLOCATED
from tfc.cost.timeline import Moment
from tfc.report import devices as drawing
from tfc.report.axis import ticks
from tfc.report.devices import devices, divisions, places
from tfc.report.groups import MEMORY, OUTSIDE, grouped, memory_group
from tfc.report.limits import limits
from tfc.report.moments import LONG, peak, shown
from tfc.report.timeline import timeline
from tfc.report.tradeoff import tradeoff
from tfc.report.variants import tables
from tfc.units import Dimension

GIB = 2**30


@pytest.fixture(scope="module")
def overfull():
    return tfc.load(OVERFULL).estimate


def spread(sets: dict[str, int]):
    """The estimate of 64 devices, divided as `sets` says."""
    draft = tfc.load(OVERFULL.replace("8 x a100_40gb", "8 x 8 x a100_40gb"))
    for name, degree in sets.items():
        draft = draft.set(f"train.parallel.{name}", degree)
    return draft.plan().estimates["train"]


# --------------------------------------------------------------------------------------------------- timeline


def test_a_timeline_is_to_scale(overfull):
    chart = timeline(overfull.timeline(), "", limits(overfull))
    (peak_,) = (column for column in chart.columns if column.peak)
    device = next(limit for limit in chart.limits if limit.style == "device")
    drawn = (chart.floor - peak_.y) / (chart.floor - device.y)
    assert drawn == pytest.approx(overfull.memory / overfull.capacity, rel=1e-3)
    assert peak_.y == min(column.y for column in chart.columns)


def test_bands_lie_on_one_another_and_within_the_frame(overfull):
    chart = timeline(overfull.timeline(), "", limits(overfull))
    edges = {}
    for band in chart.bands:
        points = [tuple(map(float, point.split())) for point in re.split("[MLZ]", band.path) if point]
        assert all(chart.left - 0.1 <= x <= chart.right + 0.1 for x, _ in points)
        assert all(0 <= y <= chart.floor + 0.1 for _, y in points)
        half = len(points) // 2
        edges[band.group.name] = ([y for _, y in points[:half]], [y for _, y in reversed(points[half:])])
    below = None
    for upper, lower in edges.values():
        assert below is None or lower == below
        below = upper
    tops = [column.y for column in chart.columns]
    assert below is not None and below[1:-1] == pytest.approx(tops, abs=0.1)


def test_a_name_stands_inside_its_band(overfull):
    chart = timeline(overfull.timeline(), "", limits(overfull))
    named = [band for band in chart.bands if band.label]
    assert {"weights", "activations"} <= {band.group.name for band in named}
    for band in named:
        x, y = band.label
        points = [tuple(map(float, point.split())) for point in re.split("[MLZ]", band.path) if point]
        half = len(points) // 2
        near = min(range(half), key=lambda at: abs(points[at][0] - x))
        assert points[near][1] < y < points[len(points) - 1 - near][1]


def test_a_limit_far_above_is_not_drawn():
    estimate = tfc.load(TRANSLATOR).estimate
    assert estimate.capacity > 3 * estimate.memory
    assert not timeline(estimate.timeline(), "", limits(estimate)).limits


def test_the_cells_of_a_moment_add_up(overfull):
    for moment in overfull.timeline():
        found = grouped(moment.by_category, MEMORY, OUTSIDE)
        assert sum(found.values()) == pytest.approx(float(moment.bytes))
        assert set(found) == {memory_group(name) for name, amount in moment.by_category.items() if amount}


def test_what_torch_allocates_is_never_called_outside_tensors():
    assert all(memory_group(category) is not OUTSIDE for category in ALLOCATED)
    assert memory_group("workspace") is memory_group("communicators") is OUTSIDE


@given(st.lists(st.integers(1, 99), min_size=1, max_size=40), st.data())
def test_what_is_listed_of_a_long_step(lengths: list[int], data: st.DataObject):
    moments = [
        Moment("forward", f"side{side} layer {layer + 1}", float(data.draw(st.integers(1, 5))), {}, {})
        for side, length in enumerate(lengths[:6])
        for layer in range(min(length, 12))
    ]
    found = list(shown(moments))
    listed = [at for at in found if at is not None]
    assert listed == sorted(set(listed)) and peak(moments) in listed
    assert {0, len(moments) - 1} <= set(listed)
    if len(moments) <= LONG:
        assert found == list(range(len(moments)))
    # What is left out between two that are listed is told once, and nothing is told where nothing is.
    for place, at in enumerate(found):
        if at is None:
            assert found[place + 1] - found[place - 1] > 1  # type: ignore[operator]
        elif place and found[place - 1] is not None:
            assert at - found[place - 1] == 1  # type: ignore[operator]


# ---------------------------------------------------------------------------------------------------- devices


@pytest.mark.parametrize(
    "sets", ({}, {"tensor": 2}, {"tensor": 8, "pipeline": 2}, {"tensor": 2, "context": 2, "pipeline": 4})
)
def test_every_device_has_a_place_of_its_own(sets: dict[str, int]):
    layout = spread(sets).layout
    assert prod(divisions(layout).values()) == layout.count == 64
    found = [tuple(places(layout, rank).values()) for rank in range(layout.count)]
    assert len(set(found)) == layout.count
    for axis, degree in enumerate(divisions(layout).values()):
        assert {place[axis] for place in found} == set(range(degree))


def test_what_talks_most_is_nearest():
    layout = spread({"tensor": 2, "pipeline": 2}).layout
    first = [rank for rank in range(64) if places(layout, rank)["tensor"] == 0]
    assert all(places(layout, rank + 1) == {**places(layout, rank), "tensor": 1} for rank in first)
    assert [places(layout, rank)["pipeline"] for rank in (0, 31, 32, 63)] == [0, 0, 1, 1]


@pytest.mark.parametrize("on", ("1 x", "4 x", "8 x", "2 x 8 x", "8 x 8 x", "32 x 8 x", "80 x 8 x"))
def test_devices_stand_in_their_nodes_and_nodes_in_the_frame(on: str):
    batch = 8 * prod(int(word) for word in on.split() if word != "x")
    text = OVERFULL.replace("8 x a100_40gb", f"{on} a100_40gb").replace("256 seq", f"{batch} seq")
    chart = devices(tfc.load(text).estimate)
    wide, high = chart.cell
    boxes = []
    for node in chart.nodes:
        assert node.x >= 0 and node.x + node.width <= chart.width + 0.5
        assert node.y >= 0 and node.y + node.height <= chart.height + 0.5
        for cell in node.cells:
            assert node.x < cell.x and cell.x + wide < node.x + node.width
            assert node.y < cell.y and cell.y + high < node.y + node.height
            boxes.append((round(cell.x), round(cell.y)))
            assert sum(part.height for part in cell.slices) <= high + 1e-6
    assert len(set(boxes)) == len(boxes)
    assert len(boxes) + chart.left_out == batch // 8


def test_a_device_is_as_full_as_its_memory(overfull):
    fitting = tfc.load(OVERFULL).set("train.recompute", "full").estimate
    for estimate, full in ((overfull, True), (fitting, False)):
        chart = devices(estimate)
        cell = chart.nodes[0].cells[0]
        share = sum(part.height for part in cell.slices) / chart.cell[1]
        assert share == pytest.approx(min(1.0, estimate.memory / estimate.capacity), rel=1e-6)
        assert cell.over is full


def test_more_devices_than_are_drawn_are_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drawing, "MOST", 16)
    chart = devices(spread({}))
    assert sum(len(node.cells) for node in chart.nodes) == 16 and chart.left_out == 48


# --------------------------------------------------------------------------------------------- trade-off, axes


def test_points_are_rows_and_the_front_goes_through_its_own():
    draft = tfc.load(OVERFULL)
    vary = ["train.microbatch = [1, 2, 8]", "train.recompute = [none, full]", "train.parallel.zero = [0, 3]"]
    (table,) = tables(tfc.what_if(draft, vary), draft.plan())
    chart = tradeoff(table, (36 * GIB, "36 GiB"))
    assert chart is not None
    assert sorted(point.number for point in chart.points) == list(range(1, len(table.rows) + 1))
    for point in chart.points:
        assert chart.left <= point.x <= chart.right and chart.top <= point.y <= chart.floor
        assert (point.kind == "front") == (point.number - 1 in table.front)
        row = table.rows[point.number - 1]
        assert chart.limit is not None and row.figures["memory"] is not None
        assert (point.x > chart.limit[0]) == (row.figures["memory"].value > 36 * GIB)
    for point in chart.points:
        if point.kind == "front":
            assert f"{point.x:.1f}" in chart.front and f"{point.y:.1f}" in chart.front


def test_few_points_are_no_chart():
    draft = tfc.load(OVERFULL)
    (table,) = tables(tfc.what_if(draft, ["train.microbatch = [4, 8]"]), draft.plan())
    assert tradeoff(table, None) is None


@given(st.floats(1e-3, 1e15), st.sampled_from([Dimension.BYTES, Dimension.TIME, Dimension.USD]))
def test_ticks_are_few_round_and_within(most: float, dimension: Dimension):
    found = ticks(most, dimension)
    values = [value for value, _ in found]
    assert 2 <= len(found) <= 8 and values[0] == 0 and values[-1] <= most * (1 + 1e-6)
    assert len({text for _, text in found}) == len(found)
    steps = {round((b - a) / (values[1] - values[0]), 6) for a, b in pairwise(values)}
    assert steps == {1.0}
