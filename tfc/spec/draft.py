"""What the files of a spec say, block by block, before anything is worked out.

A draft keeps expressions with their places; drafts merge as the language says: a later value replaces an earlier
one, blocks of one kind and name become one, and budgets add up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tfc.diagnostics.core import Span
from tfc.fields import How
from tfc.spec.blocks import ONE_OF
from tfc.syntax import tree

ALL = "all settings"  # in `Draft.excused`


@dataclass(frozen=True)
class Given:
    """One setting as written."""

    value: tree.Expression
    span: Span  # of the whole statement
    how: How = How.WRITTEN


@dataclass(frozen=True)
class Parent:
    """The block that another is taken from: `extends NAME` or `from NAME`."""

    name: str
    relation: str
    span: Span


@dataclass
class Draft:
    """One block: its settings, the blocks in it and its budgets, the inherited ones in layers of their own."""

    kind: str
    label: str
    span: Span  # of the head, `model small`
    node: tree.BlockNode | None = None
    parent: Parent | None = None
    settings: dict[str, Given] = field(default_factory=dict)
    blocks: dict[str, Draft] = field(default_factory=dict)
    budgets: list[list[tree.Requirement]] = field(default_factory=list)
    # Settings whose absence follows from a fault that has been said: a misspelt name, a parent that is not there.
    excused: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """`model.small`, or `data` where there is no label."""
        return f"{self.kind}.{self.label}" if self.label else self.kind

    def over(self, base: Draft, how: How = How.INHERITED) -> Draft:
        """This block on top of `base`, whose values it inherits where it gives none."""
        settings = dict(self.settings)
        told = any(name in self.settings for name in ONE_OF)
        for name, given in base.settings.items():
            if name not in settings and not (told and name in ONE_OF):
                kept = given.how is How.OVERRIDE
                settings[name] = given if kept else replace(given, how=how)
        blocks = {
            kind: self.blocks[kind].over(inner, how) if kind in self.blocks else _inherited(inner, how)
            for kind, inner in base.blocks.items()
        }
        blocks.update({kind: inner for kind, inner in self.blocks.items() if kind not in blocks})
        return replace(
            self,
            settings=settings,
            blocks=blocks,
            budgets=[*base.budgets, *self.budgets],
            excused=self.excused | base.excused,
        )

    def put(self, name: str, given: Given) -> None:
        """Give a setting, in place of what it was; of `steps`, `tokens` and `epochs` only one stays."""
        if name in ONE_OF and self.kind in ("train", "distill"):
            for other in ONE_OF:
                self.settings.pop(other, None)
        self.settings[name] = given


def _inherited(draft: Draft, how: How) -> Draft:
    empty = Draft(draft.kind, draft.label, draft.span, draft.node)
    return empty.over(draft, how)


@dataclass
class Scenario:
    """A named what-if: settings by their full names, and `let`s."""

    label: str
    span: Span
    parent: Parent | None = None
    settings: list[tree.Setting] = field(default_factory=list)
    lets: dict[str, tree.Definition] = field(default_factory=dict)


@dataclass
class Drafts:
    """All that one file says, or several in a chain of `extends`."""

    blocks: dict[tuple[str, str], Draft] = field(default_factory=dict)
    lets: dict[str, tree.Definition] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    edition: Given | None = None

    def of(self, kind: str) -> Iterator[Draft]:
        """The blocks of a kind, in the order of the file."""
        return (draft for (found, _), draft in self.blocks.items() if found == kind)

    def over(self, base: Drafts) -> Drafts:
        """This file on top of the one that it extends."""
        blocks: dict[tuple[str, str], Draft] = {}
        for key, below in base.blocks.items():
            above = self.blocks.get(key)
            if above is None:
                blocks[key] = replace(_inherited(below, How.INHERITED), parent=below.parent)
            else:
                merged = above.over(below)
                blocks[key] = replace(merged, parent=above.parent or below.parent)
        blocks.update({key: draft for key, draft in self.blocks.items() if key not in blocks})
        return Drafts(
            blocks,
            {**base.lets, **self.lets},
            {**base.scenarios, **self.scenarios},
            self.edition or base.edition,
        )
