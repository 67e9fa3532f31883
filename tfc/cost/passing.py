"""What is resident as a rank passes through its model, from the tape: the moments of its memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, choose, is_one, largest
from tfc.cost.items import Item
from tfc.cost.kept import called_as
from tfc.cost.lesson import IN_TEACHER
from tfc.cost.peaks import Passage, passages
from tfc.cost.taped import LIKE, OPTIMIZER, TEACHER, Run, Validation
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.cost.memory import Rank

# Bytes that a single number takes of a GPU: the optimizer counts the steps of each parameter there.
SCALAR = 512
# The tape agrees with what an H100 allocates to 0.02 per cent; what attention takes inside may differ by its kernel.
EXACT = 0.01
IN_VALIDATION = "in validation"
IN_OPTIMIZER = "in the optimizer's step"


def passing(rank: Rank) -> Iterator[Item]:
    """The items of each moment, beside what is resident all the time; of many layouts at once only their sums."""
    train, gradients = rank.train, _gradients(rank)
    if "optimizer" not in train.offload:
        text, span = "a step for each parameter", train.span_of("optimizer")
        yield Item(SCALAR * len(_learnt(rank)), Dimension.BYTES, "optimizer", text, span=span)
    kept = rank.kept
    if is_one(rank.layout.sequences(rank.bucket) * kept.inner * kept.edge * kept.copies + rank.accumulates):
        yield from _of_one(rank, gradients)
    else:
        yield from _of_many(rank, gradients)
    span = train.span_of("precision")
    yield Item(gradients, Dimension.BYTES, "gradients", "fp32", IN_OPTIMIZER, span)


def validating(rank: Rank) -> tuple[Item, ...]:
    """What is resident at the worst moment of a validation, and not always; gradients are gone by then."""
    worst = max(passages(Validation(rank).validate()), key=lambda one: one.most)
    span = rank.train.span_of("microbatch")
    return tuple(
        Item(amount, Dimension.BYTES, label.category, label.what, IN_VALIDATION, label.span or span)
        for label, amount in worst.made_of.items()
    )


def _learnt(rank: Rank) -> list[Amount]:
    """Bytes of each parameter that changes, in fp32."""
    return [size for node, size in Run(rank).parameters() if rank.trained_op(node.op)]


def _gradients(rank: Rank) -> Amount:
    """Bytes of all gradients."""
    part = rank.kept.gradients / rank.kept.weights
    return sum(-(-size * part // SCALAR) * SCALAR for size in _learnt(rank))


def _run(rank: Rank, accumulates: bool) -> list[Passage]:
    run = Run(rank)
    run.micro_batch(accumulates)
    return [one for one in passages(run.tape) if one.place not in (LIKE, OPTIMIZER, "")]


def _of_one(rank: Rank, gradients: Amount) -> Iterator[Item]:
    worst: dict[str, Passage] = {}
    for one in _run(rank, bool(rank.accumulates)):
        name = moment_of(rank, one)
        if name not in worst or one.most > worst[name].most:
            worst[name] = one
    for moment, passage in worst.items():
        yield from _items(rank, passage, moment, gradients)


def _items(rank: Rank, passage: Passage, moment: str, gradients: Amount) -> Iterator[Item]:
    for label, amount in passage.made_of.items():
        low, high = amount * (1 - EXACT), amount * (1 + EXACT)
        yield Item(amount, Dimension.BYTES, label.category, label.what, moment, label.span, low, high)
    if rank.accumulates:
        yield Item(gradients, Dimension.BYTES, "gradients", "fp32", moment, rank.train.span_of("precision"))


def passed_one_by_one(rank: Rank) -> Iterator[tuple[str, tuple[str, int], tuple[Item, ...]]]:
    """Each place of a step in its order, forward and backward, with what is resident there and not always."""
    run = Run(rank, folds=False)
    run.micro_batch(bool(rank.accumulates))
    gradients = _gradients(rank)
    for one in passages(run.tape):
        if one.place != "":
            phase = "backward" if one.backward else "forward"
            yield phase, place(one.place), tuple(_items(rank, one, phase, gradients))


def _of_many(rank: Rank, gradients: Amount) -> Iterator[Item]:
    alone, adding = (_most(rank, accumulates) for accumulates in (False, True))
    for moment, amount in alone.items():
        most = choose(rank.accumulates, adding[moment] + gradients, amount)
        yield Item(most, Dimension.BYTES, "activations", "activations, gradients and temporaries", moment)


def _most(rank: Rank, accumulates: bool) -> dict[str, Amount]:
    found: dict[str, Amount] = {}
    for one in _run(rank, accumulates):
        name = moment_of(rank, one)
        found[name] = largest(found[name], one.most) if name in found else one.most
    return found


def moment_of(rank: Rank, passage: Passage) -> str:
    """A moment as a person calls it: the last layers of a kind stand for it, in the backward pass also the first."""
    block, number = place(passage.place)
    if block == TEACHER:
        return IN_TEACHER
    called = called_as(block)
    if not passage.backward:
        return f"in the forward pass of {called}"
    many = rank.stage.count(block) > 1
    return (
        f"at the end of the backward pass of {called}"
        if many and not number
        else f"in the backward pass of {called}"
    )


def place(given: Any) -> tuple[str, int]:
    """The block of a place on the tape, and how many of its kind come before it."""
    name, number = given
    return name, number if isinstance(number, int) else 0
