"""One value for each `auto` of a block, what comes of it, and which of two is preferred."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tfc.cost.estimate import Estimate
from tfc.cost.items import Unknown
from tfc.fields import AUTO, How, Origin
from tfc.parallel.layout import Layout

# Choices that differ by less in what is preferred are alike: the estimate is not surer than that.
ALIKE = 0.03


@dataclass(frozen=True, eq=False)
class Choice:
    """One value for each `auto`, and its exact estimate, worked out when it is asked for."""

    layout: Layout

    @property
    def block(self) -> Any:
        return self.layout.train

    @cached_property
    def estimate(self) -> Estimate:
        return Estimate(self.layout)

    @cached_property
    def over(self) -> float:
        """Bytes by which the upper bound of its memory is beyond what is allowed."""
        return max(
            self.estimate.metric(name).high - limit  # type: ignore[union-attr]
            for name, limit in memory_limits(self.block)
        )

    @property
    def fits(self) -> bool:
        return self.over <= 0

    @cached_property
    def broken(self) -> int:
        """How many other budgets that are required it breaks."""
        return sum(
            not budget.met(figure.value)
            for budget in demands(self.block)
            if not isinstance(figure := self.estimate.metric(budget.metric), Unknown)
        )

    @property
    def effort(self) -> tuple[int, ...]:
        """How much it does that a plain run does not: of choices that are alike the plainest is taken."""
        layout = self.layout
        divided = layout.tensor * layout.pipeline * layout.context
        return (divided, layout.zero, int(self.block.recompute.name != "none"), layout.accumulation)

    @cached_property
    def preference(self) -> tuple[float, ...]:
        """The less, the better: what `prefer` names in its order, then the time of a step."""
        wished = []
        for budget in wishes(self.block):
            figure = self.estimate.metric(budget.metric)
            if not isinstance(figure, Unknown):
                wished.append(float(figure.value if budget.upper else -figure.value))
        return (*wished, float(self.estimate.step_time))

    @property
    def rank(self) -> tuple[int, tuple[float, ...]]:
        """The order of choices that fit."""
        return self.broken, self.preference


def plainest(choices: list[Choice]) -> Choice:
    """Of the choices that are alike to the best one, that which does least beside a plain run."""
    best = min(choices, key=lambda choice: choice.rank)
    reach = window(best)
    alike = (choice for choice in choices if choice.broken == best.broken and choice.preference[0] <= reach)
    return min(alike, key=lambda choice: choice.effort)


def window(best: Choice) -> float:
    """Up to where what is preferred is alike to the best."""
    return best.preference[0] + abs(best.preference[0]) * ALIKE


def wishes(block: Any) -> tuple[Any, ...]:
    """What `prefer` names, in its order."""
    return tuple(budget for budget in block.budgets if not budget.required)


def demands(block: Any) -> tuple[Any, ...]:
    """The budgets that are required, those on memory left out."""
    return tuple(b for b in block.budgets if b.required and not b.metric.startswith("memory"))


def memory_limits(block: Any) -> Iterator[tuple[str, float]]:
    """What memory may be: the device's, and what budgets say."""
    yield "memory", block.on.device.capacity
    for budget in block.budgets:
        if not budget.metric.startswith("memory") or budget.metric == "memory.host":
            continue
        if budget.upper and budget.required:
            yield budget.metric, budget.limit.value


def given(block: Any, values: Mapping[str, Any]) -> Any:
    """A block with values for those of its settings that are `auto`, marked as chosen."""
    chosen = {name: value for name, value in values.items() if getattr(block, name) is AUTO}
    origins = {name: Origin(How.AUTO, block.span_of(name)) for name in chosen}
    return block.replace(**chosen, origins={**block.origins, **origins}) if chosen else block
