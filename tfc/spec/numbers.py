"""Numbers: arithmetic with units, and whether the outcome is what a setting takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

from tfc.diagnostics.core import Edit, Fix, Label, Safety, Severity, Span
from tfc.diagnostics.suggest import nearest
from tfc.fields import TOKENS, Number
from tfc.spec import foreign
from tfc.spec.faults import Faults
from tfc.spec.forms import described, listed
from tfc.spec.names import Names, circle
from tfc.syntax import tree
from tfc.units import SCALES, UNITS, Dimension, Quantity, group, say

LARGEST = 1e30  # beyond it nothing is a size, and products of big whole numbers take for ever

# What has several units in use, so that a bare number says too little.
SPELT_OUT: dict[Dimension, tuple[str, ...]] = {
    Dimension.BYTES: ("MiB", "GiB"),
    Dimension.TIME: ("ms", "s", "min", "h", "days"),
    Dimension.ENERGY: ("kWh",),
    Dimension.POWER: ("W",),
    Dimension.BANDWIDTH: ("GB/s",),
    Dimension.USD: ("USD",),
    Dimension.EUR: ("EUR",),
    Dimension.PRICE: ("USD/h",),
}


@dataclass(frozen=True)
class Measured:
    """A number in base units; without a dimension it is a bare one."""

    value: int | float
    dimension: Dimension | None
    node: tree.Expression


class Arithmetic:
    """Works out what is written as a number."""

    def __init__(self, names: Names, faults: Faults) -> None:
        self.names = names
        self.faults = faults
        self._known: dict[str, Measured] = {}
        self._open: list[str] = []

    # ---------------------------------------------------------------------------------- arithmetic

    def measure(self, node: tree.Expression, wanted: tuple[Dimension, ...] = ()) -> Measured:
        """The value of a numeric expression; `wanted` only helps to say which unit was meant."""
        sign = 1
        while isinstance(node, tree.Negate):
            sign, node = -sign, node.value
        match node:
            case tree.Number():
                found = self._number(node, wanted)
            case tree.Binary():
                found = self._chain(node, wanted)
            case tree.Path() if self.names.has_let(node):
                found = self._let(node, wanted)
            case tree.Path():
                self._unknown(node)
            case _:
                self.faults.fail(
                    "TFS201", f"expected a number, found {described(node)}", Label(node.span, "not a number")
                )
        return found if sign > 0 else Measured(-found.value, found.dimension, node)

    def _number(self, node: tree.Number, wanted: tuple[Dimension, ...]) -> Measured:
        scale = 1 if node.scale is None else SCALES.get(node.scale)
        if scale is None:
            self._unknown_scale(node)
        if node.unit is None:
            return Measured(self._bounded(node.value * scale, node), None, node)
        unit = UNITS.get(node.unit)
        if unit is None:
            self._unknown_unit(node, wanted)
        value = node.value * scale if unit.factor == 1 else _times(node.value * scale, unit.factor)
        return Measured(self._bounded(value, node), unit.dimension, node)

    def _let(self, node: tree.Path, wanted: tuple[Dimension, ...]) -> Measured:
        name = node.names[0]
        if name in self._open:
            circle(self.names, [*self._open[self._open.index(name) :], name], self.faults)
        self.names.used.add(name)
        if name not in self._known:
            self._open.append(name)
            try:
                self._known[name] = self.measure(self.names.lets[name].value, wanted)
            finally:
                self._open.pop()
        return self._known[name]

    def _chain(self, node: tree.Binary, wanted: tuple[Dimension, ...]) -> Measured:
        # The tree of `1 + 1 + ... + 1` is as deep as it is long, so its left side is walked and not recursed.
        steps: list[tree.Binary] = []
        left: tree.Expression = node
        while isinstance(left, tree.Binary):
            steps.append(left)
            left = left.left
        found = self.measure(left, wanted)
        for step in reversed(steps):
            found = self._combine(step, found, self.measure(step.right, wanted))
        return found

    def _combine(self, node: tree.Binary, left: Measured, right: Measured) -> Measured:
        a, b = left.value, right.value
        match node.operator:
            case "+" | "-":
                if left.dimension is not right.dimension:
                    self._mixed(node, left, right)
                return self._made(a + b if node.operator == "+" else a - b, left.dimension, node)
            case "*":
                if (
                    left.dimension
                    and right.dimension
                    and Dimension.SHARE not in (left.dimension, right.dimension)
                ):
                    self._mixed(node, left, right)
                scalar = left.dimension is None or (
                    left.dimension is Dimension.SHARE and right.dimension is not None
                )
                return self._made(a * b, right.dimension if scalar else left.dimension, node)
        if b == 0:
            self.faults.fail("TFS201", "a number is divided by zero", Label(node.right.span, "this is zero"))
        if right.dimension not in (None, left.dimension):
            self._mixed(node, left, right)
        return self._made(_over(a, b), None if right.dimension else left.dimension, node)

    def _made(self, value: int | float, dimension: Dimension | None, node: tree.Expression) -> Measured:
        return Measured(self._bounded(value, node), dimension, node)

    def _bounded(self, value: int | float, node: tree.Expression) -> int | float:
        if abs(value) > LARGEST or (isinstance(value, float) and not isfinite(value)):
            self.faults.fail("TFS201", "a number is too large", Label(node.span, "more than 1e30"))
        return _whole(value)

    # --------------------------------------------------------------------------- what a setting takes

    def fit(self, found: Measured, kind: Number, what: str, node: tree.Expression) -> Any:
        """The number as `kind` stores it: bare in base units, or a `Quantity` where there are several dimensions.

        Fails with TFS201 (out of range), TFS202 (dimension) or TFS205 (not whole).
        """
        dimension = self._dimension(found, kind, what, node)
        value = found.value
        if kind.whole and not isinstance(value, int):
            self.faults.fail(
                "TFS205",
                f"`{what}` is a whole number, found {say(value, dimension)}",
                Label(node.span, "not whole"),
            )
        self._in_range(value, dimension, kind, what, node)
        self._power_of_two(found, kind)
        if not kind.whole and dimension is not Dimension.BYTES:
            value = float(value)
        return Quantity(value, dimension) if len(kind.dimensions) > 1 else value

    def _dimension(self, found: Measured, kind: Number, what: str, node: tree.Expression) -> Dimension:
        only = kind.dimensions[0] if len(kind.dimensions) == 1 else kind.bare
        if found.dimension is None:
            if only is None or (only in SPELT_OUT and found.value != 0):
                self._without_unit(kind, what, node)
            return only
        if found.dimension in kind.dimensions:
            return found.dimension
        wanted = " or ".join(_counted(dimension) for dimension in kind.dimensions)
        plain = kind.dimensions == (Dimension.COUNT,)
        verb = "is" if plain or kind.dimensions == (Dimension.SHARE,) else "is counted in"
        message = f"`{what}` {verb} {wanted}, found {_counted(found.dimension)}"
        unit_span = getattr(found.node, "unit_span", None) if found.node is node else None
        fixes = ()
        if plain and isinstance(node, tree.Number) and unit_span is not None:
            end = (node.scale_span or node.number_span).end
            edit = Edit(Span(unit_span.source, end, unit_span.end), "")
            fixes = (Fix("leave out the unit", (edit,)),)
        self.faults.fail(
            "TFS202",
            message,
            Label(unit_span or node.span, f"a unit of {found.dimension.value}"),
            fixes=fixes,
        )

    def _in_range(
        self, value: float, dimension: Dimension, kind: Number, what: str, node: tree.Expression
    ) -> None:
        low, high, above = kind.least, kind.most, kind.above
        if (
            (low is None or value >= low)
            and (high is None or value <= high)
            and (above is None or value > above)
        ):
            return
        if high is not None:
            bounds = (
                f"between {say(low if low is not None else above or 0, dimension)} and {say(high, dimension)}"
            )
        elif above is not None:
            bounds = f"more than {say(above, dimension)}"
        else:
            bounds = f"at least {say(low or 0, dimension)}"
        help = ""
        if (
            dimension is Dimension.SHARE
            and 1 < value <= 100
            and isinstance(node, tree.Number)
            and not node.unit
        ):
            help = f"a share is written as `{node.number_span.text}%` or `{value / 100:g}`"
        self.faults.fail(
            "TFS201",
            f"`{what}` is {bounds}, found {_shown(value, dimension)}",
            Label(node.span, "out of range"),
            help=help,
        )

    def _power_of_two(self, found: Measured, kind: Number) -> None:
        node = found.node
        if kind != TOKENS or not isinstance(node, tree.Number) or node.scale != "K":
            return
        if not isinstance(node.value, int) or node.value & (node.value - 1) or node.scale_span is None:
            return
        span = Span(node.span.source, node.number_span.start, node.scale_span.end)
        self.faults.say(
            "TFS204",
            f"{node.number_span.text} K is {group(node.value * 1000)}, not {group(node.value * 1024)}",
            Label(span, "a length is nearly always a power of two"),
            severity=Severity.WARNING,
            notes=("K, M, B and T are powers of 1000; Ki, Mi, Gi and Ti are powers of 1024",),
            fixes=(Fix("use the power of two", (Edit(node.scale_span, "Ki"),)),),
        )

    # -------------------------------------------------------------------------------------- messages

    def _without_unit(self, kind: Number, what: str, node: tree.Expression) -> NoReturn:
        units = [
            unit for dimension in kind.dimensions for unit in SPELT_OUT.get(dimension, (dimension.value,))
        ]
        number = node.span.text if isinstance(node, tree.Number) else "8"
        end = Span(node.span.source, node.span.end, node.span.end)
        choices = units if len(kind.dimensions) > 1 else []
        self.faults.fail(
            "TFS202",
            f"`{what}` needs a unit of {' or '.join(dimension.value for dimension in kind.dimensions)}",
            Label(node.span, "of what?"),
            help=f"write {listed([f'{number} {unit}' for unit in units])}",
            fixes=tuple(
                Fix(f"count {unit}", (Edit(end, f" {unit}"),), Safety.CHANGES_RUN) for unit in choices
            ),
        )

    def _mixed(self, node: tree.Binary, left: Measured, right: Measured) -> NoReturn:
        verb = {"+": "added to", "-": "subtracted from", "*": "multiplied with", "/": "divided by"}[
            node.operator
        ]
        first, second = (right, left) if node.operator in "+-" else (left, right)
        self.faults.fail(
            "TFS202",
            f"{_counted(first.dimension)} cannot be {verb} {_counted(second.dimension)}",
            Label(node.left.span, _counted(left.dimension), primary=False),
            Label(node.right.span, _counted(right.dimension)),
        )

    def _unknown(self, node: tree.Path) -> NoReturn:
        near = None if self.faults.many else nearest(str(node), self.names.lets)
        fixes = (Fix(f"write `{near}`", (Edit(node.span, near),)),) if near else ()
        self.faults.fail(
            "TFS104",
            f"expected a number, found the word `{node}`",
            Label(node.span, "no `let` has this name"),
            fixes=fixes,
        )

    def _unknown_scale(self, node: tree.Number) -> NoReturn:
        assert node.scale is not None and node.scale_span is not None
        right = foreign.SCALES.get(node.scale)
        fixes = (Fix(f"write `{right}`", (Edit(node.scale_span, right),)),) if right else ()
        self.faults.fail(
            "TFS203",
            f"there is no scale `{node.scale}`",
            Label(node.scale_span, "unknown scale"),
            notes=("K, M, B and T are powers of 1000; Ki, Mi, Gi and Ti are powers of 1024",),
            fixes=fixes,
        )

    def _unknown_unit(self, node: tree.Number, wanted: tuple[Dimension, ...]) -> NoReturn:
        assert node.unit is not None
        span = node.unit_span or node.span
        if node.unit in foreign.BITS and wanted and Dimension.BYTES in wanted:
            self._bits(node, span)
        fitting = [name for name, unit in UNITS.items() if not wanted or unit.dimension in wanted]
        right = foreign.UNITS.get(node.unit)
        if (
            node.scale is None
            and right is None
            and node.unit in foreign.SCALES
            and Dimension.TIME not in wanted
        ):
            right = foreign.SCALES[node.unit]
        if right is None and node.unit == "m" and Dimension.TIME in wanted:
            right = "min"
        if right is None and not self.faults.many:
            right = nearest(node.unit, fitting) or nearest(node.unit, UNITS)
        fixes = (Fix(f"write `{right}`", (Edit(span, right),)),) if right else ()
        known = (
            ", ".join(f"`{name}`" for name in fitting[:12]) if wanted and wanted != (Dimension.COUNT,) else ""
        )
        self.faults.fail(
            "TFS203",
            f"there is no unit `{node.unit}`",
            Label(span, "unknown unit"),
            help=f"one of {known}" if known and not fixes else "",
            fixes=fixes,
        )

    def _bits(self, node: tree.Number, span: Span) -> NoReturn:
        assert node.unit is not None
        meaning, right = foreign.BITS[node.unit]
        self.faults.fail(
            "TFS202",
            f"`{node.unit}` is {meaning}, and memory is counted in bytes",
            Label(span, "bits"),
            notes=("a GB is 1 000 000 000 bytes, a GiB is 1 073 741 824 bytes",),
            fixes=(Fix("count as the driver does", (Edit(span, right),)),),
        )


def _times(value: int | float, factor: float) -> int | float:
    """A product without the noise of binary fractions: 5 ms is 0.005 s, and 300 ms is 0.3."""
    if isinstance(factor, int):
        return value * factor
    return value * factor if factor > 1 else value / round(1 / factor)


def _over(value: int | float, by: int | float) -> int | float:
    if isinstance(value, int) and isinstance(by, int) and value % by == 0:
        return value // by
    return value / by


def _whole(value: int | float) -> int | float:
    """A float that is a whole number, but for the noise of arithmetic, as one."""
    if isinstance(value, float) and abs(value - round(value)) <= 1e-12 * abs(value):
        return round(value)
    return value


def _counted(dimension: Dimension | None) -> str:
    if dimension is None or dimension is Dimension.COUNT:
        return "a plain number"
    return {Dimension.SHARE: "a share", Dimension.POINTS: "points"}.get(dimension, dimension.value)


def _shown(value: float, dimension: Dimension) -> str:
    if dimension is Dimension.SHARE:
        return f"{100 * value:g}%"
    return f"{value:g}" if dimension is Dimension.COUNT else say(value, dimension)
