"""How a diagnostic is laid out, as lines of styled pieces: what `text.py` paints and `html.py` marks up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from tfc.diagnostics.core import Diagnostic, Fix, Label, Safety, Share, Source
from tfc.diagnostics.display import show
from tfc.diagnostics.patch import Change, changes

WIDTH = 120  # the one layout of specs is 110 wide

Piece: TypeAlias = tuple[str, str]  # a style, or "", and a text
Row: TypeAlias = list[Piece]


def lay_out(found: Diagnostic, width: int = WIDTH) -> list[Row]:
    """The lines of one diagnostic, `width` columns wide where a source or a note could be longer."""
    return list(_Layout(found, max(width, 80)).rows())


class _Layout:
    """One diagnostic, with the margin that its line numbers need."""

    def __init__(self, found: Diagnostic, width: int) -> None:
        self.found = found
        self.width = width
        self.home = found.span.source if found.span else None
        self.patches = [changes(fix) for fix in found.fixes]
        numbers = [label.span.line for label in found.labels]
        numbers += [change.last for patch in self.patches for change in patch]
        self.margin = len(str(max(numbers, default=0)))
        self.room = width - self.margin - 3

    def rows(self) -> Iterator[Row]:
        found = self.found
        yield [(found.severity, f"{found.severity}[{found.code}]"), ("message", f": {found.message}")]
        yield from self.snippets()
        if found.shares:
            yield from self.attribution(found.shares)
            yield self.bar()
        for note in found.notes:
            yield from self.note(note)
        if found.help:
            yield [("help", "help"), ("", f": {found.help}")]
        for number, (fix, patch) in enumerate(zip(found.fixes, self.patches, strict=True), 1):
            yield from self.fix(fix, patch, f"{number}. " if len(found.fixes) > 1 else "")

    # ------------------------------------------------------------------------------------ the places

    def snippets(self) -> Iterator[Row]:
        """The lines that the labels point into, file by file, the one of the fault first."""
        sources = dict.fromkeys(label.span.source for label in self.found.labels)
        for source in sorted(sources, key=lambda source: source != self.home):
            labels = [label for label in self.found.labels if label.span.source == source]
            lead = next((label.span for label in labels if label.primary), labels[0].span)
            arrow = "-->" if source == self.home else ":::"
            yield [("gutter", " " * self.margin + arrow), ("", f" {lead}")]
            yield self.bar()
            yield from self.lines(source, labels)
        if self.found.labels:
            yield self.bar()

    def lines(self, source: Source, labels: Iterable[Label]) -> Iterator[Row]:
        last = None
        for label in sorted(labels, key=lambda label: (label.span.line, label.span.column)):
            number = label.span.line
            first = label.span.column - 1
            shown = show(source.line(number), self.room, first, first + label.span.end - label.span.start)
            if last is not None and number > last + 1:
                yield [("gutter", "...")]
            if number != last or not shown.whole:
                yield [("gutter", f"{number:>{self.margin}} | "), ("", shown.text)]
            style, sign = (self.found.severity, "^") if label.primary else ("gutter", "-")
            mark = sign * (shown.end - shown.begin) + (f" {label.text}" if label.text else "")
            yield [*self.bar(), ("", " " * (shown.begin + 1)), (style, mark)]
            last = number

    def bar(self) -> Row:
        return [("gutter", " " * self.margin + " |")]

    # --------------------------------------------------------------------------------- what explains

    def attribution(self, shares: Iterable[Share]) -> Iterator[Row]:
        """The shares as a table: amount, thing, place and why."""
        rows = [
            (share.amount, share.what, share.span.place if share.span else "", share.why) for share in shares
        ]
        amount, what, place = (max(len(row[column]) for row in rows) for column in range(3))
        for a, w, p, why in rows:
            yield [
                *self.bar(),
                ("", f"   {a:>{amount}}  {w:<{what}}  "),
                ("gutter", f"{p:<{place}}"),
                ("", f"  {why}"),
            ]

    def note(self, note: str) -> Iterator[Row]:
        lead = " " * self.margin + " = "
        for number, line in enumerate(wrap(note, self.width - len(lead))):
            yield [("gutter", lead if number == 0 else " " * len(lead)), ("", line)]

    # ------------------------------------------------------------------------------------- the fixes

    def fix(self, fix: Fix, patch: list[Change], number: str) -> Iterator[Row]:
        """A fix's title and what it costs, and the lines before and after."""
        sources = list(dict.fromkeys(change.source for change in patch))
        place = f", in {sources[0].path}" if len(sources) == 1 and sources[0] != self.home else ""
        costs = [fix.effect] if fix.effect else []
        if fix.safety is Safety.CHANGES_MODEL and fix.safety not in fix.effect:
            costs.append(fix.safety)
        yield [
            ("help", number or "fix: "),
            ("", fix.title + place + (f" ({', '.join(costs)})" if costs else "")),
        ]
        for index, change in enumerate(patch):
            if len(sources) > 1 and (index == 0 or change.source != patch[index - 1].source):
                yield [("gutter", " " * self.margin + ":::"), ("", f" {change.source.path}")]
            yield from self.change(change)

    def change(self, change: Change) -> Iterator[Row]:
        if not change.before and change.first > 1:
            yield [
                ("gutter", f"{change.first - 1:>{self.margin}}   "),
                ("", self.cut(change.context, change)),
            ]
        for style, sign, lines in (("removed", "-", change.before), ("added", "+", change.after)):
            for number, line in enumerate(lines, change.first):
                yield [("gutter", f"{number:>{self.margin}} "), (style, f"{sign} {self.cut(line, change)}")]

    def cut(self, text: str, change: Change) -> str:
        return show(text, self.room, change.column).text


def wrap(text: str, room: int) -> list[str]:
    """The words of a note in lines of at most `room` characters; line ends of its own are kept."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if line and len(line) + 1 + len(word) > room:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines
