"""What was chosen, what came next, and why that lost: the difference of their items (D5 of the design's cost page)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from tfc.cost.items import by_category
from tfc.fields import How
from tfc.solve.choice import ALIKE, Choice, plainest, wishes
from tfc.spec.written import written
from tfc.units import Dimension, say

if TYPE_CHECKING:
    from tfc.solve.domain import Domain

IMPLIED = ("teacher", "shards")  # chosen by rule, and not by searching
SMALL = 0.01  # of a total: a difference that is not worth a word


class Searched(Protocol):
    """A search that has come to its end."""

    domain: Domain
    priced: list[Choice]

    def next_best(self, unlike: Choice) -> Choice | None: ...


@dataclass(frozen=True)
class Difference:
    """By how much one category of two estimates differs: of the runner-up less the chosen."""

    category: str
    amount: float
    dimension: Dimension

    def __str__(self) -> str:
        sign = "+" if self.amount >= 0 else "-"
        return f"{sign}{say(abs(self.amount), self.dimension)} {self.category}"


class Decision:
    """The choice for one block, and the one that it was preferred to."""

    def __init__(self, search: Searched) -> None:
        self.search = search

    def __repr__(self) -> str:
        return f"Decision({', '.join(f'{name} = {value}' for name, value in self.values.items())})"

    @cached_property
    def chosen(self) -> Choice:
        """The best of those that fit; where none does, that which needs least memory."""
        fitting = [choice for choice in self.search.priced if choice.fits]
        if not fitting:
            return min(self.search.priced, key=lambda choice: choice.over)
        return plainest(fitting)

    @property
    def values(self) -> dict[str, str]:
        """What each `auto` became, as a spec writes it."""
        return settings(self.chosen)

    @cached_property
    def runner_up(self) -> Choice | None:
        """The next best that fits: of another division if there is one, else with another micro-batch."""
        found = self.search.next_best(self.chosen)
        if found is not None:
            return found
        others = [choice for choice in self.search.priced if choice.fits and choice is not self.chosen]
        return min(others, key=lambda choice: choice.rank, default=None)

    @cached_property
    def denied(self) -> Choice | None:
        """What would have been preferred and misses the memory by least, of what was priced."""
        if not self.chosen.fits:
            return None
        over = [one for one in self.search.priced if not one.fits and one.rank < self.chosen.rank]
        return min(over, key=lambda choice: choice.over, default=None)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Of the runner-up's time of a step and memory at the peak from the chosen's, largest first."""
        if self.runner_up is None:
            return ()
        return (
            *_differences(self.chosen, self.runner_up, Dimension.TIME),
            *_differences(self.chosen, self.runner_up, Dimension.BYTES),
        )

    @property
    def why(self) -> str:
        """Why the runner-up lost, in a sentence; empty where there is none."""
        other = self.runner_up
        if other is None:
            return ""
        return f"{_named(other, self.chosen)}: {self._verdict(other)}{self._because}"

    @property
    def short(self) -> str:
        """What would have been preferred and lacks memory, and how much; empty where there is nothing such."""
        if self.denied is None:
            return ""
        missing = say(self.denied.over, Dimension.BYTES)
        return f"{_named(self.denied, self.chosen)}, by {missing}"

    def _verdict(self, other: Choice) -> str:
        """How the runner-up compares in what is preferred."""
        if other.broken > self.chosen.broken:
            return "breaks a budget"
        metric = next((b.metric for b in wishes(self.chosen.block)), "step_time")
        ours, theirs = (one.estimate.metric(metric) for one in (self.chosen, other))
        said = f"{metric.replace('_', ' ')} {theirs} instead of {ours}"
        mine, its = self.chosen.preference[0], other.preference[0]
        if abs(its - mine) <= ALIKE * abs(mine):
            return f"{said}, within {ALIKE:.0%}, and less plain"
        return said

    @property
    def _because(self) -> str:
        found = [str(one) for one in self.differences[:3]]
        return f" ({', '.join(found)})" if found else ""


def _differences(chosen: Choice, other: Choice, dimension: Dimension) -> list[Difference]:
    """What differs by more than a hundredth of the whole."""
    in_time = dimension is Dimension.TIME
    ours, theirs = (
        by_category(one.estimate.step if in_time else one.estimate.resident) for one in (chosen, other)
    )
    least = SMALL * sum(ours.values())
    found = [
        Difference(name, theirs.get(name, 0) - ours.get(name, 0), dimension) for name in {**ours, **theirs}
    ]
    return sorted((one for one in found if abs(one.amount) > least), key=lambda one: -abs(one.amount))


def _named(choice: Choice, unlike: Choice) -> str:
    """`microbatch = 32 sequences`, and what else differs."""
    return ", ".join(f"`{name} = {value}`" for name, value in settings(choice, unlike).items())


def settings(choice: Choice, unlike: Choice | None = None) -> dict[str, str]:
    """What each `auto` of a block became, as a spec writes it; of two choices, what differs."""
    found = {}
    for holder in (choice.block, choice.block.parallel):
        chosen = [name for name, origin in holder.origins.items() if origin.how is How.AUTO]
        found |= {name: written(getattr(holder, name)) for name in chosen if name not in IMPLIED}
    if unlike is None:
        return found
    its = settings(unlike)
    return {name: value for name, value in found.items() if its.get(name) != value}
