"""How another value for one setting is written: as an edit of the line that has it, or as a new line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfc.diagnostics.core import Edit, Source, Span
from tfc.fields import How
from tfc.syntax.parse import parse
from tfc.syntax.tree import BlockNode, File, Setting

EDITABLE = (How.WRITTEN, How.INHERITED, How.AUTO)  # a written `auto` is a line too


def edit(source: Source, chain: tuple[Any, ...], name: str, text: str) -> Edit | None:
    """The edit after which the setting `name` of the innermost block of `chain` is `text`.

    `chain` are the blocks from the outermost: `(train, train.parallel)`. None if the value came from the command line
    or a scenario, which no edit of a file changes.
    """
    block = chain[-1]
    origin = block.origin_of(name)
    if origin.how is How.OVERRIDE:
        return None
    if origin.how in EDITABLE and origin.span is not None:
        found = _written(origin.span, chain)
        if found is not None:
            return Edit(found.value.span, text)
    return _inserted(source, chain, name, text)


def _written(span: Span, chain: tuple[Any, ...]) -> Setting | None:
    """The setting around a span, if it stands in this very block and not in one that it extends, or that is around."""
    if span.source.name.startswith("--") or not span.source.text:
        return None
    tree, _ = parse(span.source)
    for blocks, setting in _settings(tree):
        if setting.span.start <= span.start < max(setting.span.end, setting.span.start + 1):
            return setting if _names(blocks) == _chain(chain) else None
    return None


def _settings(
    tree: File | BlockNode, above: tuple[BlockNode, ...] = ()
) -> Iterator[tuple[tuple[BlockNode, ...], Setting]]:
    for statement in tree.statements:
        if isinstance(statement, Setting):
            yield above, statement
        elif isinstance(statement, BlockNode) and statement.kind != "scenario":
            yield from _settings(statement, (*above, statement))


def _names(blocks: tuple[BlockNode, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((block.kind, block.label or "") for block in blocks)


def _chain(chain: tuple[Any, ...]) -> tuple[tuple[str, str], ...]:
    # A nested block has no label of its own; what it may hold in one is the model's.
    return tuple((block.kind, (block.label or "") if depth == 0 else "") for depth, block in enumerate(chain))


def _inserted(source: Source, chain: tuple[Any, ...], name: str, text: str) -> Edit | None:
    """A new line at the end of the settings of the block; the block is made where there is none."""
    tree, _ = parse(source)
    statement = f"{name} = {text}"
    wanted = _chain(chain)
    for depth in range(len(wanted), 0, -1):
        node = _block(tree, wanted[:depth])
        if node is not None:
            for kind, _ in reversed(wanted[depth:]):
                statement = f"{kind} {{ {statement} }}"
            return _into(node, statement, name if depth == len(wanted) else "")
    return None


def _block(tree: File, names: tuple[tuple[str, str], ...]) -> BlockNode | None:
    """The last block of that name: a later one wins."""
    level: tuple[Any, ...] = tree.statements
    found: BlockNode | None = None
    for kind, label in names:
        fitting = [
            node
            for node in level
            if isinstance(node, BlockNode) and node.kind == kind and (node.label or "") == label
        ]
        if not fitting:
            return None
        found = fitting[-1]
        level = found.statements
    return found


def _into(node: BlockNode, statement: str, name: str) -> Edit:
    """An insertion after the last setting of a block, in the manner of its neighbours."""
    source = node.span.source
    settings = [inner for inner in node.statements if isinstance(inner, Setting)]
    opening, closing = node.body_span.start, node.body_span.end
    one_line = "\n" not in source.text[opening:closing]
    if one_line:
        last = node.statements[-1].span.end if node.statements else opening + 1
        before = ", " if node.statements else " "
        after = "" if node.statements else " "
        return Edit(Span(source, last, last), f"{before}{statement}{after}")
    if not settings:
        margin = " " * (source.span(node.span.start, node.span.start).column + 1)
        return Edit(Span(source, opening + 1, opening + 1), f"\n{margin}{statement}")
    neighbour = settings[-1]
    column = neighbour.span.column - 1
    end = source.text.find("\n", neighbour.span.end)
    end = len(source.text) if end < 0 else end
    return Edit(Span(source, end, end), f"\n{' ' * column}{_aligned(statement, name, neighbour)}")


def _aligned(statement: str, name: str, neighbour: Setting) -> str:
    """The statement with its `=` under that of the line above."""
    if not name:
        return statement
    equals = neighbour.span.text.find("=")
    return statement.replace(name, name.ljust(equals - 1), 1)
