"""A line of a source as a terminal shows it: tabs spread, wide characters counted twice, nothing that acts.

A source may hold anything. An escape sequence or a mark that turns the direction of writing is shown, not
obeyed, and a line of a megabyte is cut to what surrounds the place that is spoken of.
"""

from __future__ import annotations

from dataclasses import dataclass

TAB = 4
ELLIPSIS = "..."


@dataclass(frozen=True)
class Shown:
    """A line, or the part of it around a stretch, which stands at the columns `begin` to `end` of `text`."""

    text: str
    begin: int
    end: int
    whole: bool


def show(text: str, room: int, first: int = 0, last: int = 0) -> Shown:
    """The line around its characters `first` to `last`, in at most `room` columns."""
    near = 2 * room
    skipped = max(0, first - near)
    cells, columns = _draw(text[skipped : first + 2 * near])
    begin = columns[min(first - skipped, len(cells))]
    end = max(columns[min(max(first, last) - skipped, len(cells))], begin + 1)
    width = columns[-1]
    if width <= room:
        return Shown("".join(cells), begin, end, whole=True)
    left = 0 if end <= room - len(ELLIPSIS) else max(0, min(begin - room // 4, width - room))
    right = min(left + room, width)
    low, high = left + len(ELLIPSIS) * (left > 0), right - len(ELLIPSIS) * (right < width)
    inside = [i for i in range(len(cells)) if low <= columns[i] and columns[i + 1] <= high]
    middle = " " * (columns[inside[0]] - low) + "".join(cells[i] for i in inside) if inside else ""
    cut = (ELLIPSIS if left else "") + middle + (ELLIPSIS if right < width else "")
    return Shown(cut, begin - left, max(min(end, right), begin + 1) - left, whole=False)


def _draw(text: str) -> tuple[list[str], list[int]]:
    """What is shown for each character, and the column at which it begins; the last is that of the end."""
    if text.isascii() and text.isprintable():
        return list(text), list(range(len(text) + 1))
    cells, columns = [], [0]
    for character in text:
        cell, width = _cell(character, columns[-1])
        cells.append(cell)
        columns.append(columns[-1] + width)
    return cells, columns


def _cell(character: str, column: int) -> tuple[str, int]:
    """What is shown for a character, and how many columns that takes."""
    import unicodedata  # most specs are ASCII, and need it not

    if character == "\t":
        width = TAB - column % TAB
        return " " * width, width
    if unicodedata.combining(character):
        return character, 0
    if unicodedata.category(character)[0] in "CZ" and character != " ":
        name = f"<U+{ord(character):04X}>"
        return name, len(name)
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1
