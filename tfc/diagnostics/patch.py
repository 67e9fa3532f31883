"""What a fix changes, in whole lines: those that go and those that come."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from tfc.diagnostics.core import Edit, Fix, Source
from tfc.diagnostics.fixes import edited


@dataclass(frozen=True)
class Change:
    """Lines of a source, from line `first` on, that become others."""

    source: Source
    first: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def last(self) -> int:
        return self.first + max(len(self.before), len(self.after), 1) - 1

    @property
    def context(self) -> str:
        """The line above, which says where lines are that only come."""
        return self.source.line(self.first - 1)

    @property
    def column(self) -> int:
        """The first character of the first line that differs."""
        if not (self.before and self.after):
            return 0
        one, other = self.before[0], self.after[0]
        lengths = range(min(len(one), len(other)))
        return bisect_left(lengths, True, key=lambda length: one[: length + 1] != other[: length + 1])


def changes(fix: Fix) -> list[Change]:
    """The changed lines of a fix, in the order of its sources and their lines."""
    sources = dict.fromkeys(edit.span.source for edit in fix.edits)
    return [
        _change(source, group)
        for source in sources
        for group in _groups(source, sorted((e for e in fix.edits if e.span.source == source), key=_start))
    ]


def _start(edit: Edit) -> int:
    return edit.span.start


def _line(source: Source, offset: int) -> int:
    return bisect_right(source.starts, offset)


def _groups(source: Source, edits: list[Edit]) -> Iterator[list[Edit]]:
    """Edits that touch the same line, together."""
    group: list[Edit] = []
    for edit in edits:
        if group and _line(source, edit.span.start) > _line(source, group[-1].span.end):
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


def _change(source: Source, edits: list[Edit]) -> Change:
    """The lines around some edits, less those that stay the same above and below."""
    first, last = _line(source, edits[0].span.start), _line(source, edits[-1].span.end)
    start = source.starts[first - 1]
    stop = source.starts[last] if last < len(source.starts) else len(source.text)
    shifted = [Edit(source.span(e.span.start - start, e.span.end - start), e.replacement) for e in edits]
    before = _lines(source.text[start:stop])
    after = _lines(edited(source.text[start:stop], shifted))
    while before and after and before[0] == after[0]:
        before, after, first = before[1:], after[1:], first + 1
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return Change(source, first, before, after if any(line.strip() for line in after) else ())


def _lines(text: str) -> tuple[str, ...]:
    lines = text.replace("\r\n", "\n").split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)
