"""The bubble's closed form against the schedule itself, task by task."""

from __future__ import annotations

from random import Random

import pytest

from tests.specs import LLAMA, planned
from tfc.cost.memory import at
from tfc.cost.stage import StageTime
from tfc.cost.time import step_items

Task = tuple[str, int]  # forward or backward, and of which micro-batch


def one_forward_one_backward(stage: int, stages: int, batches: int) -> list[Task]:
    """What a stage does, in order (arXiv 1806.03377)."""
    ahead = min(stages - stage - 1, batches)
    tasks = [("forward", number) for number in range(ahead)]
    for number in range(batches):
        tasks += [("forward", ahead + number)] if ahead + number < batches else []
        tasks.append(("backward", number))
    return tasks


def all_forward_first(stage: int, stages: int, batches: int) -> list[Task]:
    """GPipe's order (arXiv 1811.06965)."""
    return [(way, number) for way in ("forward", "backward") for number in range(batches)]


def finished(orders: list[list[Task]], forward: list[float], backward: list[float]) -> float:
    """When the last stage of all is done: a task begins when its stage is free and its neighbour has sent."""
    stages, ends, free = len(orders), {}, [0.0] * len(orders)
    places = [0] * stages
    while any(place < len(order) for place, order in zip(places, orders, strict=True)):
        moved = False
        for stage, order in enumerate(orders):
            if places[stage] == len(order):
                continue
            way, number = order[places[stage]]
            neighbour = stage - 1 if way == "forward" else stage + 1
            sender = (way, number, neighbour)
            if way == "backward" and stage == stages - 1:
                sender = ("forward", number, stage)
            if sender[2] >= 0 and sender not in ends:
                continue
            taken = (forward if way == "forward" else backward)[stage]
            free[stage] = max(free[stage], ends.get(sender, 0.0)) + taken
            ends[way, number, stage] = free[stage]
            places[stage] += 1
            moved = True
        assert moved, "the schedule waits for itself"
    return max(free)


def closed(forward: list[float], backward: list[float], batches: int) -> float:
    """The slowest stage all the time, and one micro-batch through the others (F4 of the design's cost page)."""
    each = [one + other for one, other in zip(forward, backward, strict=True)]
    return (batches - 1) * max(each) + sum(each)


@pytest.mark.parametrize("order", [one_forward_one_backward, all_forward_first])
@pytest.mark.parametrize(("stages", "batches"), [(2, 2), (4, 4), (4, 16), (8, 64)])
def test_of_equal_stages_the_closed_form_is_exact(order, stages: int, batches: int):
    forward, backward = [1.0] * stages, [2.0] * stages
    orders = [order(stage, stages, batches) for stage in range(stages)]
    assert finished(orders, forward, backward) == pytest.approx(closed(forward, backward, batches))


@pytest.mark.parametrize("seed", range(40))
def test_of_unequal_stages_it_is_never_too_short_and_little_too_long(seed: int):
    random = Random(seed)
    stages = random.choice([2, 4, 8])
    batches = stages * random.choice([1, 2, 4, 8])
    forward = [random.uniform(0.8, 1.2) for _ in range(stages)]
    backward = [2 * one for one in forward]
    orders = [one_forward_one_backward(stage, stages, batches) for stage in range(stages)]
    found, said = finished(orders, forward, backward), closed(forward, backward, batches)
    assert 0.93 * said <= found <= 1.05 * said


def test_a_step_of_a_pipeline_is_the_schedule_of_its_stages():
    layout = planned(LLAMA, "train.parallel.pipeline = 4", "train.parallel.data = 2").layouts["train"]
    sized = at(layout, layout.typical)
    stages = [StageTime(layout, stage, sized).micro_batch for stage in layout.stages_at(layout.typical)]
    forward, backward = [one / 3 for one in stages], [one * 2 / 3 for one in stages]
    count = int(layout.accumulation)
    orders = [one_forward_one_backward(stage, 4, count) for stage in range(4)]
    once = ("optimizer", "host", "communication")
    said = sum(
        item.amount
        for item in step_items(layout)
        if item.category not in once and "added up" not in item.what
    )
    assert finished(orders, forward, backward) == pytest.approx(said, rel=0.02)
