"""Arithmetic with units: what is written as a number, in base units."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import NoReturn

from tfc.diagnostics.core import Edit, Fix, Label, Span
from tfc.diagnostics.suggest import nearest
from tfc.spec import foreign
from tfc.spec.faults import Faults
from tfc.spec.forms import described
from tfc.spec.names import Names, circle
from tfc.syntax import tree
from tfc.units import SCALES, UNITS, Dimension

LARGEST = 1e30  # beyond it nothing is a size, and products of big whole numbers take for ever


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

    # -------------------------------------------------------------------------------------- messages

    def _mixed(self, node: tree.Binary, left: Measured, right: Measured) -> NoReturn:
        verb = {"+": "added to", "-": "subtracted from", "*": "multiplied with", "/": "divided by"}[
            node.operator
        ]
        first, second = (right, left) if node.operator in "+-" else (left, right)
        self.faults.fail(
            "TFS202",
            f"{counted(first.dimension)} cannot be {verb} {counted(second.dimension)}",
            Label(node.left.span, counted(left.dimension), primary=False),
            Label(node.right.span, counted(right.dimension)),
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


def counted(dimension: Dimension | None) -> str:
    """What a number counts, as a message says it."""
    if dimension is None or dimension is Dimension.COUNT:
        return "a plain number"
    return {Dimension.SHARE: "a share", Dimension.POINTS: "points"}.get(dimension, dimension.value)
