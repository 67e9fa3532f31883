"""What is predicted of a `model` block by itself: how many parameters it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tfc.cost.items import Figure, Item, Unknown
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.diagnostics.core import Span
    from tfc.graph.graph import Graph


class ModelEstimate:
    """What budgets of a `model` block may speak of."""

    peak_moment = ""
    capacity: float | None = None
    capacity_span: Span | None = None
    unvalidated: tuple[str, ...] = ()
    who = ""

    def __init__(self, name: str, model: Any, graph: Graph) -> None:
        self.name, self.model, self.graph = name, model, graph

    @property
    def budgets(self) -> tuple[Any, ...]:
        return self.model.budgets

    @property
    def doing(self) -> str:
        return f"`{self.model.label}`"

    costing = doing

    def metric(self, name: str, conditions: Mapping[str, Any] | None = None) -> Figure | Unknown:
        """Its parameters, each counted once, rows of padding included; raises KeyError for any other metric."""
        if name != "parameters":
            raise KeyError(name)
        items = tuple(
            Item(
                block.count * node_count,
                Dimension.COUNT,
                "parameters",
                node.name.replace("_", " "),
                span=node.origin.span,
            )
            for block in self.graph.blocks
            for node in block.nodes
            if (node_count := sum(item.count for item in node.parameters))
        )
        count = self.graph.parameters
        return Figure(count, count, count, Dimension.COUNT, items)
