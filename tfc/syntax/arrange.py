"""A tree and its comments as rows: what `tfc fmt` writes."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise

from tfc.diagnostics.core import Source
from tfc.syntax import tree
from tfc.syntax.pieces import (
    Bracket,
    Entry,
    Pieces,
    brackets,
    budget,
    entry_line,
    one_line,
    pieces,
    statement_line,
)
from tfc.syntax.rows import Row, write

WIDTH = 110
_BREAK = re.compile(r"[ \t]*(#[^\n]*)?\r?\n")
_BEFORE_COMMENT = re.compile(r"[ \t,]*(?=#)")


class Arranger:
    """Goes through a file in the order of its text, and puts out rows."""

    def __init__(self, source: Source, file: tree.File) -> None:
        self.text = source.text
        self.file = file
        self.comments = list(reversed(file.comments))  # those that are still to be put out, the next one last
        self.places = [comment.span.start for comment in file.comments]
        self.rows: list[Row] = []
        self.done = 0  # up to where the text has been put out
        self.opening = True  # whether the next row is the first, of the file or in a bracket
        self.open: dict[int, bool] = {}  # whether a bracket stays so, by where it begins

    def run(self) -> str:
        base = self.file.base
        if base:
            self.statement(
                [f"extends {base.path_span.text}"], (), "extends", 0, base.span.start, base.span.end
            )
        self.statements(self.file.statements, 0)
        self.above(len(self.text), 0)
        return write(self.rows)

    # ---------------------------------------------------------------------------------- statements

    def statements(self, nodes: tuple[tree.Statement, ...], depth: int) -> None:
        for node in nodes:
            start, end = node.span.start, node.span.end
            match node:
                case tree.Setting(path, value):
                    self.statement([str(path), "= "], pieces(value), "setting", depth, start, end)
                case tree.Definition(name, value):
                    self.statement([f"let {name}", "= "], pieces(value), "setting", depth, start, end)
                case tree.Requirement():
                    self.requirement(node, depth)
                case tree.BlockNode():
                    self.block(node, depth)

    def requirement(self, node: tree.Requirement, depth: int) -> None:
        cells = [node.strength, one_line(pieces(node.metric)), f"{node.comparison} "]
        self.statement(cells, budget(node), "requirement", depth, node.span.start, node.span.end)

    def block(self, node: tree.BlockNode, depth: int) -> None:
        header = " ".join(filter(None, (node.kind, node.label, node.relation, node.parent)))
        start, end = node.body_span.start, node.body_span.end
        line = None if self.commented(start, end) else self.block_line(node, header)
        if line and 2 * depth + len(line) <= WIDTH:
            self.statement([line], (), "block", depth, node.span.start, end)
            return
        self.above(node.span.start, depth)
        self.put([f"{header} {{"], "block", depth, node.span.start, start + 1)
        self.opening = True
        self.statements(node.statements, depth + 1)
        self.close("}", depth, end)

    def block_line(self, node: tree.BlockNode, header: str) -> str | None:
        """A block on one line, if its author wrote it so and it holds no other; one that is empty in any case."""
        if not node.statements:
            return f"{header} {{}}"
        if "\n" in node.body_span.text or any(isinstance(inner, tree.BlockNode) for inner in node.statements):
            return None
        return f"{header} {{ {', '.join(map(statement_line, node.statements))} }}"

    def statement(self, cells: list[str], rest: Pieces, kind: str, depth: int, start: int, end: int) -> None:
        """Put out a row of cells, `rest` following the last, or the several rows that it takes."""
        self.above(start, depth)
        self.lay(cells, rest, kind, depth, start, end)

    # --------------------------------------------------------------------------- values and brackets

    def lay(
        self, cells: list[str], rest: Pieces, kind: str, depth: int, start: int, end: int, after: str = ""
    ) -> None:
        line = [*cells[:-1], cells[-1] + one_line(rest) + after]
        fits = 2 * depth + len(" ".join(line)) <= WIDTH
        kept = [bracket for bracket in brackets(rest) if self.stays_open(bracket)]
        opened = kept if kept or fits else [bracket for bracket in brackets(rest) if bracket.entries]
        if not opened:
            self.hoist(end, depth)
            self.put(line, kind, depth, start, end)
            return
        *before, current = cells
        for piece in rest:
            if isinstance(piece, str) or piece not in opened:
                current += one_line((piece,))
                continue
            self.hoist(piece.start, depth)
            self.put([*before, current + piece.opening], kind, depth, start, piece.start + 1)
            self.opening = True
            self.entries(piece, depth + 1)
            before, current, kind, start = [], piece.closing, "end", piece.end - 1
            self.above(start, depth + 1)
        self.hoist(end, depth)
        self.put([current + after], "end", depth, end, end, blank=False)

    def stays_open(self, bracket: Bracket) -> bool:
        """Whether the author opened a bracket, or something in it."""
        if bracket.start not in self.open:
            inner = (inner for entry in bracket.entries for inner in brackets(entry.pieces))
            broken = _BREAK.match(self.text, bracket.start + 1) is not None
            commented = self.commented(bracket.start, bracket.end)
            kept = broken and bool(bracket.entries)
            self.open[bracket.start] = kept or commented or any(map(self.stays_open, inner))
        return self.open[bracket.start]

    def entries(self, bracket: Bracket, depth: int) -> None:
        """The rows of an opened bracket: those of a list are filled, unless its author gave each item one."""
        if bracket.opening == "[":
            for row in self.filled(bracket, depth):
                self.items(row, depth)
            return
        for entry in bracket.entries:
            self.above(entry.start, depth)
            cells = [entry.name, ""] if entry.name else [""]
            kind = "arm" if entry.name else "item"
            self.lay(cells, entry.pieces, kind, depth, entry.start, entry.end, bracket.separator)

    def filled(self, bracket: Bracket, depth: int) -> list[list[Entry]]:
        """The items of a list, row by row."""
        places = [bracket.start, *(entry.start for entry in bracket.entries)]
        lines = list(accumulate(self.text.count("\n", one, other) for one, other in pairwise(places)))
        keep = self.commented(bracket.start, bracket.end) or len(set(lines)) == len(lines)
        rows: list[list[Entry]] = []
        width, last = WIDTH, -1
        for entry, line in zip(bracket.entries, lines, strict=True):
            length = len(entry_line(entry)) + 2
            opens = any(map(self.stays_open, brackets(entry.pieces)))
            if width + length > WIDTH + 1 or (keep and line != last) or opens:
                rows.append([])
                width = 2 * depth
            rows[-1].append(entry)
            width, last = (WIDTH if opens else width + length), line
        return rows

    def items(self, row: list[Entry], depth: int) -> None:
        """One row of a list."""
        self.above(row[0].start, depth)
        if len(row) == 1:
            self.lay([""], row[0].pieces, "item", depth, row[0].start, row[0].end, ",")
            return
        line = " ".join(f"{entry_line(entry)}," for entry in row)
        self.hoist(row[-1].end, depth)
        self.put([line], "item", depth, row[0].start, row[-1].end)

    # ------------------------------------------------------------------------------ rows and comments

    def put(self, cells: list[str], kind: str, depth: int, start: int, end: int, blank: bool = True) -> None:
        """One row for the text from `start` to `end`, with the comment that ends its line."""
        self.row(cells, kind, depth, blank and self.blank(start))
        self.done = max(self.done, end)
        near = _BEFORE_COMMENT.match(self.text, end)
        if near and self.comments and self.comments[-1].span.start == near.end():
            comment = self.comments.pop()
            self.rows[-1].comment = tidy(comment.text)
            self.done = comment.span.end

    def row(self, cells: list[str], kind: str, depth: int, blank: bool) -> None:
        self.rows.append(Row(cells, depth, kind, blank and not self.opening))
        self.opening = False

    def close(self, sign: str, depth: int, end: int) -> None:
        self.above(end - 1, depth + 1)
        self.put([sign], "end", depth, end - 1, end, blank=False)

    def above(self, start: int, depth: int) -> None:
        """Put out the comments that stand before `start`, on lines of their own."""
        while self.comments and self.comments[-1].span.start < start:
            comment = self.comments.pop()
            blank = self.blank(comment.span.start)
            self.row([tidy(comment.text)], "comment", depth, blank)
            self.done = max(self.done, comment.span.end)

    def hoist(self, end: int, depth: int) -> None:
        """Comments in the midst of what is put on one line go above it."""
        self.above(end, depth)

    def blank(self, start: int) -> bool:
        """Whether there is a blank line above `start`, and below what was put out last."""
        between = self.text[self.done : start]
        return between.count("\n", len(between.rstrip())) > 1

    def commented(self, start: int, end: int) -> bool:
        return bisect_right(self.places, start) < bisect_left(self.places, end)


def tidy(comment: str) -> str:
    """A comment with a space behind its `#`, unless it is a line of them or says `#!`."""
    text = comment[1:].rstrip()
    return f"#{text}" if not text or text[0] in " \t#!" else f"# {text}"
