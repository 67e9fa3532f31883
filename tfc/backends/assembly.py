"""The files of one backend, gathered from the modules that each make one: headed, formatted, with their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc.backends.render import format_all, header
from tfc.diagnostics.core import Span
from tfc.files import File, FileSet, has_header

if TYPE_CHECKING:
    from tfc.plan import Plan


@dataclass(frozen=True)
class Part:
    """One generated file: who makes its text, and the kinds of blocks whose lines it comes from."""

    path: str
    make: Callable[[Plan], str | None]  # None: this plan needs no such file
    kinds: tuple[str, ...]
    executable: bool = False


def assemble(plan: Plan, parts: Iterable[Part]) -> FileSet:
    """The files that a plan needs of some parts, formatted, each with its header."""
    made = {part: text for part in parts if (text := part.make(plan)) is not None}
    texts = format_all({part.path: _headed(part.path, text, header(plan)) for part, text in made.items()})
    return FileSet(
        {part.path: File(texts[part.path], tuple(_lines(plan, part.kinds)), part.executable) for part in made}
    )


def _headed(path: str, text: str, line: str) -> str:
    """The text with its header: first, or after the line that names a script's interpreter."""
    if has_header(text):
        return text
    if path.endswith(".md"):
        return f"<!-- {line.removeprefix('# ')} -->\n{text}"
    if text.startswith("#!"):
        first, rest = text.split("\n", 1)
        return f"{first}\n{line}\n{rest}"
    return f"{line}\n{text}"


def _lines(plan: Plan, kinds: tuple[str, ...]) -> Iterator[Span]:
    """The lines of the settings whose full names begin with one of `kinds`, labels of blocks left out."""
    for name, _, origin in plan.spec.fields():
        if origin.span is not None and any(_within(name, kind) for kind in kinds):
            yield origin.span


def _within(name: str, kind: str) -> bool:
    """Whether `model.babel.encoder.layers` is of `model`, and `train.big.on` of `train.on`."""
    first, _, setting = kind.partition(".")
    parts = name.split(".")
    return parts[0] == first and (not setting or setting in parts[1:])
