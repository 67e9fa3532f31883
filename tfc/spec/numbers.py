"""Numbers of settings: whether what was worked out is of the dimension, and in the range, that a setting takes."""

from __future__ import annotations

from typing import Any, NoReturn

from tfc.diagnostics.core import Edit, Fix, Label, Safety, Severity, Span
from tfc.fields import TOKENS, Number
from tfc.spec.arithmetic import Measured, counted
from tfc.spec.faults import Faults
from tfc.spec.forms import listed
from tfc.syntax import tree
from tfc.units import Dimension, Quantity, group, say

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


class Numbers:
    """Fits numbers to settings."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

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
        wanted = " or ".join(counted(dimension) for dimension in kind.dimensions)
        plain = kind.dimensions == (Dimension.COUNT,)
        verb = "is" if plain or kind.dimensions == (Dimension.SHARE,) else "is counted in"
        message = f"`{what}` {verb} {wanted}, found {counted(found.dimension)}"
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
        if high is not None and (dimension is Dimension.SHARE or high <= 100):
            bounds = (
                f"between {say(low if low is not None else above or 0, dimension)} and {say(high, dimension)}"
            )
        elif high is not None and value > high:
            bounds = f"at most {say(high, dimension)}"
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


def _shown(value: float, dimension: Dimension) -> str:
    if dimension is Dimension.SHARE:
        return f"{100 * value:g}%"
    return f"{value:g}" if dimension is Dimension.COUNT else say(value, dimension)
