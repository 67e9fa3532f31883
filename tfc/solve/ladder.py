"""The search where there are few divisions: of each, the largest micro-batch that fits, by the exact tape alone.

It needs no arrays, and so no numpy: a spec whose only `auto` is its micro-batch is checked without waiting for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.solve.choice import Choice

if TYPE_CHECKING:
    from tfc.solve.domain import Division, Domain


class Ladder:
    """The choices of a few divisions; `priced` are the largest of each that fits, and those that do not."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.priced: list[Choice] = []
        self.divided: dict[int, Division] = {}
        for division in domain.divisions:
            self._climb(division)

    def _climb(self, division: Division) -> None:
        """Bisect: a larger micro-batch takes more memory, and no more time for a step. Mostly the largest fits."""
        pairs = self.domain.micro_batches(division.data)
        low, high, middle = 0, len(pairs) - 1, len(pairs) - 1
        best: Choice | None = None
        while low <= high:
            choice = self._look(division, pairs[middle])
            if choice.fits:
                best, low = choice, middle + 1
            else:
                self.priced.append(choice)
                high = middle - 1
            middle = (low + high + 1) // 2
        if best is not None:
            self.priced.append(best)

    def _look(self, division: Division, pair: tuple) -> Choice:
        choice = self.domain.choice(division, pair)
        self.divided[id(choice)] = division
        return choice

    def next_best(self, unlike: Choice) -> Choice | None:
        """The best choice that divides the devices differently and fits, else with the next smaller micro-batch."""
        fitting = [choice for choice in self.priced if choice.fits and choice is not unlike]
        others = [choice for choice in fitting if choice.effort[:-1] != unlike.effort[:-1]]
        if not others and not fitting and unlike.fits:
            self._step_down(unlike)
        return min(others, key=lambda choice: choice.rank, default=None)

    def _step_down(self, choice: Choice) -> None:
        division = self.divided[id(choice)]
        pairs = self.domain.micro_batches(division.data)
        sizes = [self.domain.size(micro) for micro, _ in pairs]
        place = sizes.index(choice.layout.micro)
        if place:
            self.priced.append(self._look(division, pairs[place - 1]))
