"""Values of several parts: lists, layer patterns, ranges, placements and `match length`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from tfc.diagnostics.core import Edit, Fix, Label
from tfc.fields import (
    COUNT,
    TOKENS,
    Devices,
    Family,
    ListOf,
    Number,
    Pattern,
    RangeOf,
    Routed,
    Variant,
    Word,
    variants,
)
from tfc.spec import foreign
from tfc.spec.faults import Failed
from tfc.spec.match import Match
from tfc.syntax import tree
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.spec.values import Asked, Values

DEVICES = Number((Dimension.COUNT,), whole=True, least=1, most=1_000_000)
LONGEST = 4096  # items of a list and layers of a pattern; no model has so many


class Lists:
    """Reads what has several parts, each by itself, so that all that is wrong is said."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.faults = values.faults

    def items(self, node: tree.Expression, kind: ListOf, asked: Asked) -> tuple[Any, ...]:
        """A list as a tuple; where the kind allows, an item by itself."""
        if not isinstance(node, tree.Items):
            if not kind.single:
                self._not_a_list(node, kind, asked)
            return (self.values.value(node, kind.item, asked),)
        self._counted(len(node.items), kind, node, asked)
        found = self._each(node.items, kind.item, asked)
        self._twice(found, node, kind, asked)
        return found

    def _not_a_list(self, node: tree.Expression, kind: ListOf, asked: Asked) -> NoReturn:
        simple = isinstance(node, tree.Path | tree.Text | tree.Number | tree.Call)
        fixes = (Fix("make it a list", (Edit(node.span, f"[{node.span.text}]"),)),) if simple else ()
        self.values.wrong(node, kind, asked, fixes if kind.least <= 1 else ())

    def _each(self, nodes: tuple[tree.Expression, ...], kind: Any, asked: Asked) -> tuple[Any, ...]:
        found, failed = [], False
        for node in nodes:
            try:
                found.append(self.values.value(node, kind, asked))
            except Failed:
                failed = True
        if failed:
            raise Failed
        return tuple(found)

    def _counted(self, count: int, kind: ListOf, node: tree.Items, asked: Asked) -> None:
        most = kind.most if kind.most is not None else LONGEST
        if kind.least <= count <= most:
            return
        wanted = (
            f"{kind.least}"
            if kind.least == most
            else f"at least {kind.least}"
            if count < kind.least
            else f"at most {most}"
        )
        self.faults.fail(
            "TFS201",
            f"`{asked.name}` has {wanted} item{'' if wanted.endswith(' 1') or wanted == '1' else 's'}, found {count}",
            Label(node.span, f"{count} here"),
        )

    def _twice(self, found: tuple[Any, ...], node: tree.Items, kind: ListOf, asked: Asked) -> None:
        """A word that stands in a list twice was meant to be another one."""
        if not isinstance(kind.item, Word):
            return
        seen: dict[Any, tree.Expression] = {}
        for value, item in zip(found, node.items, strict=True):
            if value in seen:
                self.faults.fail(
                    "TFS105",
                    f"`{value}` stands in `{asked.name}` twice",
                    Label(item.span, "again"),
                    Label(seen[value].span, "here already", primary=False),
                )
            seen[value] = item

    # -------------------------------------------------------------------------------- layer patterns

    def pattern(self, node: tree.Expression, kind: Pattern, asked: Asked) -> tuple[Variant, ...]:
        """The layers of a pattern from the bottom, `3 x full` written out."""
        if isinstance(node, tree.Repeat):
            edit = Edit(node.span, f"[{node.span.text}]")
            self.values.wrong(node, kind, asked, (Fix("make it a list", (edit,)),))
        if not isinstance(node, tree.Items):
            return (self.values.value(node, kind.item, asked),)
        found: list[Variant] = []
        failed = False
        for item in node.items:
            try:
                found += self._layers(self.values.behind(item, kind.item), kind.item, asked)
            except Failed:
                failed = True
            if len(found) > LONGEST:
                self._too_long(node, asked)
        if not found and not failed:
            self.faults.fail(
                "TFS201", f"`{asked.name}` has at least 1 item, found 0", Label(node.span, "no layer")
            )
        if failed:
            raise Failed
        return tuple(found)

    def _layers(self, node: tree.Expression, kind: Family, asked: Asked) -> list[Variant]:
        count = 1
        while isinstance(node, tree.Repeat):
            count *= self.values.value(node.left, COUNT, asked)
            if count > LONGEST:
                self._too_long(node, asked)
            node = self.values.behind(node.right, kind)
        return [self.values.value(node, kind, asked)] * count

    def _too_long(self, node: tree.Expression, asked: Asked) -> NoReturn:
        self.faults.fail(
            "TFS201",
            f"`{asked.name}` is a pattern of at most {LONGEST} layers",
            Label(node.span, "more than that"),
        )

    # ------------------------------------------------------------------------------ ranges and places

    def bounds(self, node: tree.Expression, kind: RangeOf, asked: Asked) -> tuple[Any, Any]:
        """Both ends of a range; one number is both where the kind allows."""
        if not isinstance(node, tree.Range):
            if not kind.single or not isinstance(node, tree.Number | tree.Binary | tree.Negate):
                self.values.wrong(node, kind, asked)
            one = self.values.value(node, kind.item, asked)
            return (one, one)
        # In `1..4096 tokens` the unit of the upper end is the lower one's too: a bare number takes the kind's own.
        low = self.values.attempt(lambda: self.values.value(node.low, kind.item, asked))
        high = self.values.attempt(lambda: self.values.value(node.high, kind.item, asked))
        if low is None or high is None:
            raise Failed
        if low > high:
            self.faults.fail(
                "TFS201",
                f"`{asked.name}` is a range from the lower to the higher",
                Label(node.span, "the other way round"),
                fixes=(
                    Fix(
                        "turn it round",
                        (Edit(node.low.span, node.high.span.text), Edit(node.high.span, node.low.span.text)),
                    ),
                )
                if _bare(node.low) and _bare(node.high)
                else (),
            )
        return (low, high)

    def placement(self, node: tree.Expression, asked: Asked) -> Any:
        """`nodes x count x device`, as a `Placement`."""
        from tfc.spec.train import Placement

        parts = [node]
        while isinstance(last := self.values.behind(parts[-1], Family("device")), tree.Repeat):
            parts[-1:] = [last.left, last.right]
            if len(parts) > 3:
                self.faults.fail(
                    "TFS201",
                    f"`{asked.name}` is at most `nodes x count x device`",
                    Label(node.span, "more than that"),
                )
        parts[-1] = last
        if not isinstance(last, tree.Path | tree.Call):
            self.values.wrong(last, Devices(), asked, _with_x(last))
        counts = self._each(tuple(parts[:-1]), DEVICES, asked) if len(parts) > 1 else ()
        device = self.values.value(last, Family("device"), asked)
        nodes, per_node = (1, *counts)[-2:] if counts else (1, 1)
        return Placement(nodes, per_node, device)

    # ------------------------------------------------------------------------------------- branches

    def routed(self, node: tree.Match, kind: Routed, asked: Asked) -> Match:
        """The branches of `match length { ... }`; the bounds rise, and the last is `else`."""
        if node.path.names != ("length",):
            self.faults.fail(
                "TFS104",
                f"a `match` chooses by `length`, found `{node.path}`",
                Label(node.path.span, "nothing else is matched"),
                fixes=(Fix("write `length`", (Edit(node.path.span, "length"),)),),
            )
        branches, spans, failed = [], [], False
        for index, arm in enumerate(node.arms):
            try:
                bound = self._bound(arm, index == len(node.arms) - 1, asked)
                branches.append((bound, self.values.value(arm.value, kind.item, asked)))
                spans.append(arm.span)
            except Failed:
                failed = True
        if failed:
            raise Failed
        self._rising(branches, spans, node)
        return Match(tuple(branches), tuple(spans))

    def _bound(self, arm: tree.Arm, last: bool, asked: Asked) -> int | None:
        if arm.bound is None:
            if not last:
                self.faults.fail(
                    "TFS201", "`else` is the last branch of a `match`", Label(arm.span, "branches follow it")
                )
            return None
        if arm.comparison != "<=":
            self.faults.fail(
                "TFS201",
                "a branch of a `match length` is `<= bound => value`, or `else => value`",
                Label(arm.span, f"has `{arm.comparison}`" if arm.comparison else "has no `<=`"),
                help="a bound is the longest padded length that the branch takes",
            )
        return self.values.value(arm.bound, TOKENS, asked)

    def _rising(self, branches: list[tuple[int | None, Any]], spans: list[Any], node: tree.Match) -> None:
        bounds = [bound for bound, _ in branches]
        for place in range(1, len(bounds)):
            before, bound = bounds[place - 1], bounds[place]
            if before is not None and bound is not None and bound <= before:
                self.faults.fail(
                    "TFS201",
                    "the bounds of a `match length` rise",
                    Label(spans[place], "never taken"),
                    Label(spans[place - 1], "takes its lengths", primary=False),
                )
        if not bounds or bounds[-1] is not None:
            self.faults.fail(
                "TFS106",
                "a `match length` lacks its `else`",
                Label(node.path.span, "longer ones have no branch"),
                help="the last branch is `else => value`",
            )


def _bare(node: tree.Expression) -> bool:
    return isinstance(node, tree.Number) and node.unit is None


def _with_x(node: tree.Expression) -> tuple[Fix, ...]:
    """`8 h100_80gb` was meant to be `8 x h100_80gb`."""
    if not isinstance(node, tree.Number) or node.unit is None:
        return ()
    name = foreign.VARIANTS["device"].get(node.unit, node.unit)
    if name not in variants("device"):
        return ()
    return (Fix("write `x` between them", (Edit(node.span, f"{node.number_span.text} x {name}"),)),)
