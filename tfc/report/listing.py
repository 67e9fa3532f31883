"""The text of the spec, line by line, and beside each line what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tfc.cost.items import Item
from tfc.diagnostics.core import Source
from tfc.units import Dimension, say

LEAST = 0.002  # of a whole that is worth saying of a line

# What is told apart in a line, for the eye only; the grammar proper has no need of it here.
_PIECES = re.compile(
    r'(?P<comment>#.*)|(?P<text>"[^"\n]*"?)|(?P<number>\b\d[\d_.]*(?:e-?\d+)?%?)'
    r"|(?P<unit>(?<=\d )[A-Za-z][A-Za-z/]*)|(?P<word>\b(?:model|data|train|distill|deploy|scenario|let|extends|from|"
    r"require|prefer|because|at|and|parallel|checkpoint|encoder|decoder|server|edition)\b(?!\s*=))"
)


@dataclass(frozen=True)
class Cost:
    """What one line causes of one whole: how much, which share, and of what."""

    text: str
    share: float
    bar: float  # its share of what the dearest line causes
    why: tuple[tuple[str, str], ...]  # amount and what, largest first


@dataclass(frozen=True)
class Row:
    """One line of a source; `costs` has one entry a column, None where the line causes nothing worth saying."""

    number: int
    pieces: tuple[tuple[str, str], ...]  # style and text
    costs: tuple[Cost | None, ...]


@dataclass(frozen=True)
class Listing:
    """One source: the spec, a file that it extends, or a setting of the command line."""

    name: str
    rows: tuple[Row, ...]


Column = tuple[Item, ...]


def listings(main: Source, columns: Sequence[Column]) -> list[Listing]:
    """The spec, and every other source of which a line costs something."""
    others = {item.span.source: None for column in columns for item in column if item.span is not None}
    sources = [main, *(source for source in others if source != main)]
    return [Listing(source.name, tuple(rows(source, columns))) for source in sources]


def rows(source: Source, columns: Sequence[Column]) -> Iterator[Row]:
    """The lines of a source with their costs."""
    found = [by_line(source, column) for column in columns]
    last = len(source.starts) - (source.text.endswith("\n"))
    for number in range(1, last + 1):
        yield Row(number, tuple(pieces(source.line(number))), tuple(lines.get(number) for lines in found))


def by_line(source: Source, column: Column) -> dict[int, Cost]:
    """What each line of a source causes."""
    whole = sum(float(item.amount) for item in column) or 1.0
    lines: dict[int, list[Item]] = {}
    for item in column:
        if item.span is not None and item.span.source == source:
            lines.setdefault(item.span.line, []).append(item)
    found = {number: cost(items, whole, dearest(column)) for number, items in lines.items()}
    return {number: one for number, one in found.items() if one.share >= LEAST}


def dearest(column: Column) -> float:
    """What the line that causes most does cause, in whichever source it stands."""
    lines: dict[tuple[Source, int], float] = {}
    for item in column:
        if item.span is not None:
            place = (item.span.source, item.span.line)
            lines[place] = lines.get(place, 0.0) + float(item.amount)
    return max(lines.values(), default=0.0) or 1.0


def cost(items: Iterable[Item], whole: float, most: float) -> Cost:
    """The sum of some items, and what they are."""
    kinds: dict[tuple[str, str], float] = {}
    dimension = Dimension.BYTES
    for item in items:
        key = (item.category, item.what)
        kinds[key] = kinds.get(key, 0.0) + float(item.amount)
        dimension = item.dimension
    amount = sum(kinds.values())
    largest = sorted(kinds.items(), key=lambda pair: -pair[1])
    why = tuple(
        (say(one, dimension), f"{category}: {what}" if what else category)
        for (category, what), one in largest
        if one >= LEAST * whole
    )
    return Cost(say(amount, dimension), amount / whole, amount / most, why)


def no_line(column: Column) -> Cost | None:
    """What no line causes: the CUDA context, the interpreter, the reserve of the allocator."""
    whole = sum(float(item.amount) for item in column) or 1.0
    found = [item for item in column if item.span is None]
    return cost(found, whole, whole) if sum(float(item.amount) for item in found) >= LEAST * whole else None


def pieces(line: str) -> Iterator[tuple[str, str]]:
    """A line cut into what is coloured alike."""
    at = 0
    for match in _PIECES.finditer(line):
        if match.start() > at:
            yield "", line[at : match.start()]
        yield match.lastgroup or "", match.group()
        at = match.end()
    if at < len(line):
        yield "", line[at:]
