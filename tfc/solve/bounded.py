"""The search where there are many layouts: bounds on all of them, the exact tape for those that could still be best.

Branch and bound. No bound is above what the exact tape says, so what is left out could not have been chosen: the answer
is that of an exhaustive search, unless `MOST` estimates did not come to an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.cost.items import Figure
from tfc.cost.sweep import Bounds, Grid, Sweep
from tfc.solve.choice import Choice, demands, memory_limits, plainest, window, wishes

if TYPE_CHECKING:
    from tfc.solve.domain import Division, Domain

MOST = 200  # exact estimates of one search
REPEATS = 1 << 33  # more than a batch has micro-batches; the product with any division is exact in 64 bits
WORSE = ("time", "cost", "energy")  # grow with the time of a step, which all devices are paid for
BETTER = ("throughput", "mfu")  # tokens a step over its time


class Bounded:
    """All layouts of a domain with their bounds; `priced` are those whose exact estimate was needed."""

    def __init__(self, domain: Domain) -> None:
        import numpy

        self.numpy, self.domain = numpy, domain
        self.rows = tuple(_rows(domain))
        self.priced: list[Choice] = []
        self._indices: list[int] = []
        self.bounds = self._bounds()
        self.count = len(self.bounds.step)
        self.left = numpy.ones(self.count, dtype=bool)
        self.over = self._over()
        self.effort = self._effort()
        self._search()

    # ----------------------------------------------------------------------------------------------- bounds

    def _bounds(self) -> Bounds:
        """The bounds of all rows, in their order."""
        numpy = self.numpy
        sweep = Sweep(tuple({id(grid): grid for _, grid, _ in self.rows}.values()))
        found = [
            sweep.bounds(self.domain.layout(divisions[0], *pairs[0][1]), grid)
            for divisions, grid, pairs in self.rows
        ]
        joined = (
            numpy.concatenate([getattr(one, name) for one in found])
            for name in ("memory", "tensors", "step", "tokens")
        )
        starts = numpy.cumsum([0, *(len(grid) for _, grid, _ in self.rows)])
        self.starts = starts
        return Bounds(*joined)

    def _over(self) -> Any:
        """Bytes by which the memory of each is beyond its limits, at least."""
        limits = memory_limits(self.domain.block)
        found = [
            (self.bounds.memory if name == "memory" else self.bounds.tensors) - limit
            for name, limit in limits
        ]
        return self.numpy.max(found, axis=0)

    def _effort(self) -> Any:
        """The order of `Choice.effort`, as one number."""
        parts = []
        for divisions, grid, _ in self.rows:
            one = divisions[0]
            divided = grid.tensor * grid.context * one.pipeline
            plain = (divided * 4 + one.zero) * 2 + (one.recompute.name != "none")
            parts.append(plain * REPEATS + self.numpy.minimum(grid.accumulation, REPEATS - 1))
        return self.numpy.concatenate(parts)

    def _least(self, metric: str, sample: Choice) -> Any:
        """A lower bound of a metric, of its negative where more is better; None where there is none."""
        step, tokens = self.bounds.step, self.bounds.tokens
        if metric == "step_time":
            return step
        if metric == "memory":
            return self.bounds.memory
        if metric in ("memory.allocated", "memory.reserved"):
            return self.bounds.tensors
        figure = sample.estimate.metric(metric) if metric in (*WORSE, *BETTER) else None
        if not isinstance(figure, Figure):
            return None
        if metric in BETTER:
            return -tokens / step * (figure.value / sample.estimate.throughput)
        time = sample.estimate.metric("time")
        assert isinstance(time, Figure) and sample.layout.steps is not None
        return step * sample.layout.steps * (figure.value / time.value)

    def _preference(self, sample: Choice) -> Any:
        """A lower bound of what comes first in `Choice.preference`."""
        for budget in wishes(self.domain.block):
            if isinstance(sample.estimate.metric(budget.metric), Figure):
                least = self._least(budget.metric, sample)
                return self.numpy.full(self.count, -self.numpy.inf) if least is None else least
        return self.bounds.step

    def _broken(self, sample: Choice) -> Any:
        """How many budgets are broken, at least."""
        found = self.numpy.zeros(self.count)
        for budget in demands(self.domain.block):
            least = self._least(budget.metric, sample)
            if least is not None and (budget.metric in BETTER) is not budget.upper:
                limit = budget.limit.value if budget.upper else -budget.limit.value
                found += least > limit
        return found

    # ----------------------------------------------------------------------------------------------- search

    def _search(self) -> None:
        """Price what may be best, until nothing is left that may be."""
        sample = self._look(int(self.numpy.argmin(self.over)))
        self.preferred, self.broken = self._preference(sample), self._broken(sample)
        # The most promising first.
        self.order = self.numpy.lexsort((self.effort, self.preferred, self.broken))
        for find in (self._promising, self._smallest):
            while len(self.priced) < MOST and (row := find()) is not None:
                self._look(row)

    def _promising(self) -> int | None:
        """The most promising of those that may fit and may be chosen, if there is one."""
        may = self.left & (self.over <= 0)
        fitting = [choice for choice in self.priced if choice.fits]
        if fitting:
            best = min(fitting, key=lambda choice: choice.rank)
            chosen = self._row(plainest(fitting))
            alike = (self.preferred <= window(best)) & (self.effort < self.effort[chosen])
            better = (self.preferred < best.preference[0]) | alike
            may &= (self.broken < best.broken) | ((self.broken == best.broken) & better)
        return self._first(may)

    def _smallest(self) -> int | None:
        """Where nothing fits: that which may miss by least, if any may miss by less than what is known."""
        least = min(choice.over for choice in self.priced)
        if least <= 0:
            return None
        over = self.numpy.where(self.left, self.over, self.numpy.inf)
        row = int(self.numpy.argmin(over))
        return row if over[row] < least else None

    def _first(self, may: Any) -> int | None:
        ordered = may[self.order]
        place = int(self.numpy.argmax(ordered))
        return int(self.order[place]) if ordered[place] else None

    def next_best(self, unlike: Choice) -> Choice | None:
        """The most promising choice that divides the devices differently and fits, exactly priced."""
        may = self.left & (self.over <= 0)
        may &= self.effort // REPEATS != self.effort[self._row(unlike)] // REPEATS
        for _ in range(8):
            row = self._first(may)
            if row is None:
                return None
            choice = self._look(row)
            if choice.fits:
                return choice
            may &= self.left
        return None

    def _look(self, row: int) -> Choice:
        """The exact estimate of a row; where it does not fit, no larger micro-batch of its division does."""
        group = int(self.numpy.searchsorted(self.starts, row, side="right")) - 1
        divisions, grid, pairs = self.rows[group]
        start = int(self.starts[group])
        place, pair = pairs[row - start]
        choice = self.domain.choice(divisions[place], pair)
        self.left[row] = False
        if not choice.fits:
            alike = (grid.tensor == grid.tensor[row - start]) & (grid.context == grid.context[row - start])
            larger = alike & (grid.micro > grid.micro[row - start])
            self.left[start : start + len(grid)] &= ~larger
        self.priced.append(choice)
        self._indices.append(row)
        return choice

    def _row(self, choice: Choice) -> int:
        return self._indices[self.priced.index(choice)]


Row = tuple[list["Division"], Grid, list[tuple[int, Any]]]


def _rows(domain: Domain) -> Iterator[Row]:
    """For each pipeline, ZeRO stage and policy: its divisions, their grid, and for each row of that its division."""
    groups: dict[Any, list[Division]] = {}
    for one in domain.divisions:
        groups.setdefault((one.pipeline, one.zero, one.recompute), []).append(one)
    pairs = {one.data: domain.micro_batches(one.data) for one in domain.divisions}
    grids: dict[Any, tuple[Grid, list[tuple[int, Any]]]] = {}
    for divisions in groups.values():
        key = tuple((one.tensor, one.context, one.data, one.shards) for one in divisions)
        if key not in grids:
            grids[key] = _grid(domain, divisions, pairs)
        yield divisions, *grids[key]


def _grid(domain: Domain, divisions: list[Division], pairs: Any) -> tuple[Grid, list[tuple[int, Any]]]:
    import numpy

    rows = [(place, pair) for place, one in enumerate(divisions) for pair in pairs[one.data]]
    columns = numpy.array(
        [
            (domain.size(micro), times, one.tensor, one.context, one.data, one.shards)
            for place, (micro, times) in rows
            for one in (divisions[place],)
        ],
        dtype=float,
    )
    return Grid(*columns.T), rows
