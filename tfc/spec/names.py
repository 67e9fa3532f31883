"""The names that a spec gives: `let`s, and the labels of its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from tfc.diagnostics.core import Label, Span
from tfc.spec.faults import Failed, Faults
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


def circles(names: Names, faults: Faults) -> None:
    """Say of every `let` that is worked out from itself, used or not."""
    done: set[str] = set()
    for start in names.lets:
        # A walk in depth, by hand: a chain of `let`s may be as long as the file.
        chain, todo = [], [(start, iter(_mentioned(names.lets[start].value, names)))]
        while todo:
            name, rest = todo[-1]
            if not chain or chain[-1] != name:
                chain.append(name)
            following = next((other for other in rest if other not in done), None)
            if following is None:
                done.add(name)
                chain.pop()
                todo.pop()
            elif following in chain:
                done.update(chain)
                with suppress(Failed):
                    circle(names, [*chain[chain.index(following) :], following], faults)
                break
            else:
                todo.append((following, iter(_mentioned(names.lets[following].value, names))))


def _mentioned(node: tree.Expression, names: Names) -> list[str]:
    """The `let`s whose names stand in an expression."""
    found, todo = [], [node]
    while todo:
        one = todo.pop()
        match one:
            case tree.Path(names=(name,)) if name in names.lets:
                found.append(name)
            case tree.Binary(left=left, right=right) | tree.Repeat(left=left, right=right):
                todo += [right, left]
            case tree.Range(low=low, high=high):
                todo += [high, low]
            case tree.Negate(value=value):
                todo.append(value)
            case tree.Items(items=items):
                todo += reversed(items)
            case tree.Call(arguments=arguments):
                todo += [argument.value for argument in reversed(arguments)]
            case tree.Match(arms=arms):
                todo += [part for arm in arms for part in (arm.bound, arm.value) if part is not None]
    return found
