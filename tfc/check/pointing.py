"""Labels and fixes at the lines of settings, for rules that speak of blocks."""

from __future__ import annotations

import re
from typing import Any

from tfc.diagnostics.core import Edit, Fix, Label, Safety, Span
from tfc.fields import How

_HEAD = re.compile(r"[\w.]+\s*=\s*")


def labels(*places: tuple[Any, str, str]) -> tuple[Label, ...]:
    """A label for each (block, setting, text) whose setting has a line; the first is the fault."""
    found: dict[Span, Label] = {}
    for index, (block, name, text) in enumerate(places):
        origin = block.origin_of(name)
        # The line of a default is that of its block, which would say nothing beside the fault.
        if origin.span is not None and (index == 0 or written(block, name)):
            found.setdefault(origin.span, Label(origin.span, text, primary=index == 0))
    return tuple(found.values())


def written(block: Any, name: str) -> bool:
    """Whether a setting was given, here or where the block has it from."""
    return block.origin_of(name).how not in (How.DEFAULT, How.AUTO)


def value_span(block: Any, name: str) -> Span | None:
    """Where the value of a setting stands in a file; None where it is a default, or from the command line."""
    origin = block.origin_of(name)
    if origin.span is None or origin.how not in (How.WRITTEN, How.INHERITED):
        return None
    head = _HEAD.match(origin.span.text)
    return Span(origin.span.source, origin.span.start + head.end(), origin.span.end) if head else None


def rewrite(block: Any, name: str, value: str, title: str, safety: Safety) -> tuple[Fix, ...]:
    """The fix that gives a setting another value, where a file has one."""
    span = value_span(block, name)
    return (Fix(title, (Edit(span, value),), safety),) if span is not None else ()
