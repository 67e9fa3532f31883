"""Expressions to values: what is written, as the kind of its setting stores it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from tfc.diagnostics.core import Edit, Fix, Label
from tfc.diagnostics.suggest import nearest
from tfc.fields import (
    AUTO,
    Devices,
    Either,
    Family,
    How,
    Kind,
    ListOf,
    Number,
    Pattern,
    RangeOf,
    Reference,
    Routed,
    Text,
    Truth,
    Word,
    variants,
)
from tfc.spec.arithmetic import Arithmetic
from tfc.spec.calls import Calls
from tfc.spec.faults import Failed, Faults
from tfc.spec.forms import described, listed, taken
from tfc.spec.lists import Lists
from tfc.spec.names import Names
from tfc.spec.numbers import Numbers
from tfc.syntax import tree

T = TypeVar("T")
YES, NO = {"yes", "on", "True", "TRUE", "Yes", "On"}, {"no", "off", "False", "FALSE", "No", "Off"}
PARTS_OF_DATA = ("train", "dev", "test")


@dataclass(frozen=True)
class Asked:
    """Which setting a value is for: its name in messages, how it came to be given, and what stands around it."""

    name: str
    how: How = How.WRITTEN
    around: Mapping[str, Any] = field(default_factory=dict)


class Values:
    """Turns expressions into values; what is wrong goes to `faults`, and `Failed` is raised."""

    def __init__(self, names: Names, faults: Faults) -> None:
        self.names = names
        self.faults = faults
        self.arithmetic = Arithmetic(names, faults)
        self.numbers = Numbers(faults)
        self.calls = Calls(self)
        self.lists = Lists(self)

    def value(self, node: tree.Expression, kind: Kind, asked: Asked) -> Any:
        """The value of `node` for a setting of this kind; raises `Failed`, having said why."""
        node = self.behind(node, kind)
        if _is_auto(node) and not (isinstance(kind, Word) and not kind.words):
            self.faults.fail(
                "TFS201", f"`{asked.name}` cannot be `auto`", Label(node.span, "nothing chooses this one")
            )
        match kind:
            case Number():
                if not isinstance(node, tree.Number | tree.Binary | tree.Negate):
                    self._not_a_number(node, kind, asked)
                return self.numbers.fit(
                    self.arithmetic.measure(node, kind.dimensions), kind, asked.name, node
                )
            case Word():
                return self._word(node, kind, asked)
            case Text():
                return self._text(node, kind, asked)
            case Truth():
                return self._truth(node, kind, asked)
            case Reference():
                return self._reference(node, kind, asked)
            case Family():
                return self.calls.variant(node, kind, asked)
            case Pattern():
                return self.lists.pattern(node, kind, asked)
            case ListOf():
                return self.lists.items(node, kind, asked)
            case RangeOf():
                return self.lists.bounds(node, kind, asked)
            case Devices():
                return self.lists.placement(node, asked)
            case Routed():
                routed = isinstance(node, tree.Match)
                return self.lists.routed(node, kind, asked) if routed else self.value(node, kind.item, asked)
            case Either():
                return self._either(node, kind, asked)
        raise TypeError(f"{kind} is not the kind of a setting")

    def optional(self, node: tree.Expression, kind: Kind, asked: Asked, auto: bool) -> Any:
        """As `value`, and `auto` where the setting may be left to the compiler."""
        node = self.behind(node, kind)
        return AUTO if auto and _is_auto(node) else self.value(node, kind, asked)

    def behind(self, node: tree.Expression, kind: Kind) -> tree.Expression:
        """The expression that a `let` stands for, unless the kind has a meaning of its own for the word."""
        if isinstance(node, tree.Path) and (_is_auto(node) or self._claimed(node, kind)):
            return node
        return self.names.value_of(node, self.faults)

    def attempt(self, work: Callable[[], T]) -> T | None:
        """The outcome, or None where it failed: for lists of things that are each looked at."""
        try:
            return work()
        except Failed:
            return None

    def wrong(self, node: tree.Expression, kind: Kind, asked: Asked, fixes: tuple[Fix, ...] = ()) -> NoReturn:
        """Say that a value is of another form than its setting takes. Raises `Failed`."""
        self.faults.fail(
            "TFS201",
            f"`{asked.name}` takes {taken(kind)}, found {described(node)}",
            Label(node.span, "another form was expected"),
            fixes=fixes,
        )

    def _not_a_number(self, node: tree.Expression, kind: Number, asked: Asked) -> NoReturn:
        near = None
        if isinstance(node, tree.Path) and not self.faults.many:
            near = nearest(str(node), self.names.lets)
        self.wrong(node, kind, asked, (Fix(f"write `{near}`", (Edit(node.span, near),)),) if near else ())

    # ------------------------------------------------------------------------------ words and texts

    def _claimed(self, node: tree.Path, kind: Kind) -> bool:
        word = node.names[0]
        match kind:
            case Word(words=words):
                return not words or word in words
            case Family(name=name):
                return word in variants(name)
            case Pattern(item=item) | Routed(item=item) | ListOf(item=item):
                return self._claimed(node, item)
            case Reference(to=to):
                return word in self.names.of(to)
            case Either(kinds=kinds):
                return any(self._claimed(node, option) for option in kinds)
        return False

    def _word(self, node: tree.Expression, kind: Word, asked: Asked) -> str:
        if isinstance(node, tree.Path) and len(node.names) == 1:
            word = node.names[0]
            if not kind.words or word in kind.words:
                return word
            self._unknown_word(node, word, kind, asked)
        if isinstance(node, tree.Text):
            if not kind.words and node.value:
                return node.value
            if node.value in kind.words:
                self.wrong(node, kind, asked, (Fix("leave out the quotes", (Edit(node.span, node.value),)),))
        self.wrong(node, kind, asked)

    def _unknown_word(self, node: tree.Path, word: str, kind: Word, asked: Asked) -> NoReturn:
        near = None if self.faults.many else nearest(word, kind.words)
        fixes = (Fix(f"write `{near}`", (Edit(node.span, near),)),) if near else ()
        self.faults.fail(
            "TFS104",
            f"`{asked.name}` cannot be `{word}`",
            Label(node.span, "unknown word"),
            help=f"it is {listed(kind.words)}",
            fixes=fixes,
        )

    def _text(self, node: tree.Expression, kind: Text, asked: Asked) -> str:
        if isinstance(node, tree.Text):
            if "\0" in node.value or "\n" in node.value:
                self.faults.fail(
                    "TFS201", f"`{asked.name}` is text of one line", Label(node.span, "has a line break")
                )
            return node.value
        if isinstance(node, tree.Path):
            self.wrong(node, kind, asked, (Fix("put it in quotes", (Edit(node.span, f'"{node}"'),)),))
        self.wrong(node, kind, asked)

    def _truth(self, node: tree.Expression, kind: Truth, asked: Asked) -> bool:
        if isinstance(node, tree.Truth):
            return node.value
        word = str(node) if isinstance(node, tree.Path) else ""
        right = "true" if word in YES else "false" if word in NO else ""
        self.wrong(node, kind, asked, (Fix(f"write `{right}`", (Edit(node.span, right),)),) if right else ())

    # -------------------------------------------------------------------------- references, choices

    def _reference(self, node: tree.Expression, kind: Reference, asked: Asked) -> str:
        if kind.to == "source":
            return self._source(node, kind, asked)
        if not isinstance(node, tree.Path):
            self.wrong(node, kind, asked)
        known = self.names.of(kind.to)
        # `model.babel` is the full name of what is called `babel`.
        name = node.names[-1] if len(node.names) == 2 and node.names[0] == kind.to else str(node)
        if name in known:
            return name
        if self.names.incomplete:
            raise Failed
        near = None if self.faults.many else nearest(name, known)
        self.faults.fail(
            "TFS104",
            f"there is no {kind.to} `{name}`",
            Label(node.span, f"no {kind.to} has this name"),
            help="" if near or not known else f"there is {listed(known[:8])}",
            fixes=(Fix(f"write `{near}`", (Edit(node.span, near),)),) if near else (),
        )

    def _source(self, node: tree.Expression, kind: Reference, asked: Asked) -> str:
        labels = self.names.of("data")
        if not isinstance(node, tree.Path):
            self.wrong(node, kind, asked)
        first, *middle, last = node.names if len(node.names) > 1 else ("", *node.names)
        if first == "data" and last in PARTS_OF_DATA and len(middle) <= 1:
            if (middle[0] if middle else "") in labels or (not middle and len(labels) == 1):
                return str(node)
            if not middle and len(labels) > 1:
                example = f"`data.{labels[0]}.{last}`"
                self.faults.fail(
                    "TFS109",
                    "there are several blocks `data`, and none is named",
                    Label(node.span, "of which?"),
                    help=f"write {example}",
                )
        near = nearest(last, PARTS_OF_DATA)
        fixes = (Fix(f"write `data.{near}`", (Edit(node.span, f"data.{near}"),)),) if near else ()
        self.faults.fail(
            "TFS104",
            f"`{asked.name}` takes a source such as `data.dev`, found {described(node)}",
            Label(node.span, "no source has this name"),
            fixes=fixes,
        )

    def _either(self, node: tree.Expression, kind: Either, asked: Asked) -> Any:
        for option in kind.kinds:
            if self._fits(node, option):
                return self.value(node, option, asked)
        if isinstance(node, tree.Path):
            self._unknown_choice(node, kind, asked)
        self.wrong(node, kind, asked)

    def _unknown_choice(self, node: tree.Path, kind: Either, asked: Asked) -> NoReturn:
        words: list[str] = []
        for option in kind.kinds:
            match option:
                case Word(words=known):
                    words += known
                case Family(name=name):
                    words += variants(name)
                case Reference(to=to):
                    words += self.names.of(to)
        near = None if self.faults.many else nearest(str(node), words)
        self.faults.fail(
            "TFS104",
            f"`{asked.name}` cannot be `{node}`",
            Label(node.span, "unknown word"),
            help=f"it is {taken(kind)}",
            fixes=(Fix(f"write `{near}`", (Edit(node.span, near),)),) if near else (),
        )

    def _fits(self, node: tree.Expression, kind: Kind) -> bool:
        """Whether an expression has the form of a kind, whatever is wrong with it otherwise."""
        match kind:
            case Number():
                return isinstance(node, tree.Number | tree.Binary | tree.Negate)
            case ListOf():
                return isinstance(node, tree.Items)
            case Family():
                return isinstance(node, tree.Call) or (
                    isinstance(node, tree.Path) and self._claimed(node, kind)
                )
            case Word() | Reference():
                return isinstance(node, tree.Path) and self._claimed(node, kind)
        return False


def _is_auto(node: tree.Expression) -> bool:
    return isinstance(node, tree.Path) and node.names == ("auto",)
