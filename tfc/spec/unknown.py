"""What to say of a name that is not known: what it is called here, or which known one is near."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tfc.diagnostics.core import Edit, Fix, Span
from tfc.diagnostics.suggest import nearest
from tfc.fields import Setting
from tfc.spec.foreign import whose


@dataclass(frozen=True)
class Advice:
    """What is said beside "there is no such setting"; `right` is the name that was meant, if that is known."""

    fixes: tuple[Fix, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    right: str = ""


def renamed(
    name: str, span: Span, settings: Mapping[str, Setting], hurried: bool = False, taken: Iterable[str] = ()
) -> Advice:
    """How a setting that is not known should be called; `taken` are those that are given already."""
    right = next((ours for ours, setting in settings.items() if name in setting.also), None)
    notes = (whose(name, right),) if right else ()
    if right is None and not hurried:
        right = nearest(name, settings)
    if right is None:
        return Advice()
    if right in taken:
        return Advice((), notes, f"`{right}` is given already", right)
    return Advice((Fix("rename it", (renaming(right, span),)),), notes, "", right)


def renaming(name: str, span: Span) -> Edit:
    """The edit that puts a name in place of another, its `=` kept where it is if there is room."""
    rest = span.source.text[span.end : span.end + 200]
    spaces = len(rest) - len(rest.lstrip(" "))
    if not _alone(span) or not rest[spaces:].startswith("=") or spaces == 0:
        return Edit(span, name)
    width = span.end - span.start + spaces
    return Edit(Span(span.source, span.start, span.end + spaces), f"{name} ".ljust(width))


def _alone(span: Span) -> bool:
    """Whether a setting begins its line, where `=` is aligned with the neighbours'."""
    return span.source.line(span.line)[: span.column - 1].strip() == ""
