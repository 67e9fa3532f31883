"""The names that a spec gives: `let`s, and the labels of its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from tfc.diagnostics.core import Label, Span
from tfc.spec.faults import Faults
from tfc.syntax import tree


@dataclass(frozen=True)
class Names:
    """What a bare word may stand for, beside the language's own names."""

    lets: Mapping[str, tree.Definition] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, Span]] = field(default_factory=dict)  # by kind of block
    used: set[str] = field(default_factory=set)
    incomplete: bool = False  # a base could not be read: what is not known may stand there

    def has_let(self, node: tree.Expression) -> bool:
        """Whether an expression is nothing but the name of a `let`."""
        return isinstance(node, tree.Path) and len(node.names) == 1 and node.names[0] in self.lets

    def value_of(self, node: tree.Expression, faults: Faults) -> tree.Expression:
        """The expression behind a `let`, through as many of them as there are; fails on a circle."""
        seen: list[str] = []
        while isinstance(node, tree.Path) and len(node.names) == 1 and node.names[0] in self.lets:
            name = node.names[0]
            if name in seen:
                circle(self, [*seen[seen.index(name) :], name], faults)
            seen.append(name)
            self.used.add(name)
            node = self.lets[name].value
        return node

    def of(self, kind: str) -> tuple[str, ...]:
        """The labels of the blocks of a kind."""
        return tuple(self.labels.get(kind, ()))


def circle(names: Names, chain: list[str], faults: Faults) -> NoReturn:
    """Say that a `let` is worked out from itself; `chain` begins and ends with it. Raises `Failed`."""
    # Begun at the least of the names, so that a circle is said once, wherever it is entered.
    least = chain.index(min(chain))
    chain = [*chain[least:-1], *chain[: least + 1]]
    first = names.lets[chain[0]]
    through = " -> ".join(f"`{name}`" for name in chain)
    faults.fail(
        "TFS107",
        f"`{chain[0]}` is worked out from itself",
        Label(first.name_span, "begins here"),
        notes=(f"the circle is {through}",),
        help="give one of them a value of its own",
    )
