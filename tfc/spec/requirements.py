"""`require` and `prefer` to budgets: metrics and conditions looked up, and none loosened by what inherits it."""

from __future__ import annotations

from typing import Any, NoReturn

from tfc.diagnostics.core import Edit, Fix, Label, Span
from tfc.diagnostics.suggest import nearest
from tfc.fields import How, Number, Reference
from tfc.spec.blocks import A_BLOCK
from tfc.spec.budget import COMPARISONS, CONDITIONS, METRICS, Budget, Metric
from tfc.spec.draft import Draft
from tfc.spec.faults import Failed, Faults
from tfc.spec.forms import described, listed
from tfc.spec.values import Asked, Values
from tfc.syntax import tree
from tfc.units import Quantity

Layers = list[list[tree.Requirement]]


class Requirements:
    """Reads the budgets of blocks."""

    def __init__(self, values: Values, languages: tuple[str, ...] = ()) -> None:
        self.values = values
        self.faults: Faults = values.faults
        self.languages = languages

    def budgets(self, draft: Draft) -> tuple[Budget, ...]:
        """The budgets of a block, those that it inherits first; raises `Failed` if one is wrong."""
        kept: list[tuple[int, Budget]] = []
        failed = False
        for layer, requirements in enumerate(draft.budgets):
            for node in requirements:
                try:
                    budget = self._budget(node, draft)
                    kept = self._added(kept, layer, budget)
                except Failed:
                    failed = True
        if failed:
            raise Failed
        return tuple(budget for _, budget in kept)

    def _added(self, kept: list[tuple[int, Budget]], layer: int, budget: Budget) -> list[tuple[int, Budget]]:
        """With one more budget: it takes the place of an inherited one of the same kind, and may not be looser."""
        for below, other in kept:
            if below < layer and budget.required and _same(other, budget) and _looser(budget, other):
                self._loosened(budget, other)
        return [
            *(entry for entry in kept if entry[0] == layer or not _same(entry[1], budget)),
            (layer, budget),
        ]

    def _loosened(self, budget: Budget, inherited: Budget) -> NoReturn:
        assert budget.span is not None and inherited.span is not None
        self.faults.fail(
            "TFS108",
            f"a budget for `{budget.metric}` can be tightened, and not loosened",
            Label(budget.span, f"{budget.comparison} {budget.limit}"),
            Label(inherited.span, f"{inherited.comparison} {inherited.limit} is inherited", primary=False),
            help="change it where it is made, or keep to it",
        )

    # ------------------------------------------------------------------------------------ one budget

    def _budget(self, node: tree.Requirement, draft: Draft) -> Budget:
        metric = self._metric(node.metric, draft)
        if node.comparison not in COMPARISONS:
            self.faults.fail(
                "TFS201",
                f"a budget compares with {listed(list(COMPARISONS))}, found `{node.comparison}`",
                Label(node.comparison_span, "not a limit"),
            )
        kind = Number(metric.dimensions)
        limit = self.values.value(node.limit, kind, Asked(metric.name))
        if not isinstance(limit, Quantity):
            limit = Quantity(limit, metric.dimensions[0])
        return Budget(
            node.strength,
            metric.name,
            node.comparison,
            limit,
            self._conditions(node, metric, draft),
            node.reason,
            Span(node.span.source, node.metric.span.start, node.limit.span.end),
            draft.name,
        )

    def _metric(self, node: tree.Expression, draft: Draft) -> Metric:
        if not isinstance(node, tree.Path):
            self.faults.fail(
                "TFS104",
                f"a budget is about a metric, found {described(node)}",
                Label(node.span, "not a metric"),
                help="write the metric on the left, and its limit on the right",
            )
        name = str(node)
        metric = METRICS.get(name)
        here = [known for known, one in METRICS.items() if draft.kind in one.blocks]
        if metric is not None and draft.kind in metric.blocks:
            return metric
        if metric is not None:
            places = listed([f"{kind} {{ }}" for kind in metric.blocks])
            self.faults.fail(
                "TFS104",
                f"{A_BLOCK[draft.kind]} has no metric `{name}`",
                Label(node.span, "of another block"),
                help=f"it stands in {places}",
            )
        near = None if self.faults.many else nearest(name, here)
        self.faults.fail(
            "TFS104",
            f"there is no metric `{name}`",
            Label(node.span, "unknown metric"),
            help="" if near else f"{A_BLOCK[draft.kind]} has {_short(here)}",
            fixes=(Fix(f"write `{near}`", (Edit(node.span, near),)),) if near else (),
        )

    def _conditions(self, node: tree.Requirement, metric: Metric, draft: Draft) -> dict[str, Any]:
        found: dict[str, Any] = {}
        places: dict[str, Span] = {}
        failed = False
        allowed = metric.conditions if draft.kind == "deploy" or metric.measured else ()
        for condition in node.conditions:
            try:
                self._allowed(condition, metric, allowed, places)
                places[condition.name] = condition.name_span
                found[condition.name] = self._condition(condition)
            except Failed:
                failed = True
        if failed:
            raise Failed
        if "load" in found and "rate" in found:
            self.faults.fail(
                "TFS105",
                "`load` and `rate` say the same thing",
                Label(places["rate"], "again"),
                Label(places["load"], "first here", primary=False),
            )
        return found

    def _allowed(
        self, node: tree.Condition, metric: Metric, allowed: tuple[str, ...], places: dict[str, Span]
    ) -> None:
        if node.name in places:
            self.faults.fail(
                "TFS105",
                f"`{node.name}` is given twice",
                Label(node.span, "again"),
                Label(places[node.name], "first here", primary=False),
            )
        if node.name in allowed:
            return
        near = None if self.faults.many or node.name in CONDITIONS else nearest(node.name, allowed)
        self.faults.fail(
            "TFS101",
            f"`{metric.name}` has no condition `{node.name}`",
            Label(node.name_span, "unknown condition"),
            help=""
            if near
            else f"it may be asked at {listed(list(allowed))}"
            if allowed
            else "it has none here",
            fixes=(Fix(f"write `{near}`", (Edit(node.name_span, near),)),) if near else (),
        )

    def _condition(self, node: tree.Condition) -> Any:
        kind = CONDITIONS[node.name].kind
        value = self.values.value(node.value, kind, Asked(node.name, How.WRITTEN))
        if node.name == "language" and self.languages and not isinstance(kind, Reference):
            known = ("mean", "worst", *self.languages)
            if value not in known:
                near = nearest(value, known)
                self.faults.fail(
                    "TFS104",
                    f"there is no language `{value}`",
                    Label(node.value.span, "not among `data.languages`"),
                    fixes=(Fix(f"write `{near}`", (Edit(node.value.span, near),)),) if near else (),
                )
        return value


def _same(one: Budget, other: Budget) -> bool:
    """Whether two budgets are about the same thing."""
    return (
        _canonical(one.metric) == _canonical(other.metric)
        and one.strength == other.strength
        and one.upper == other.upper
        and one.limit.dimension is other.limit.dimension
        and dict(one.conditions) == dict(other.conditions)
    )


def _canonical(metric: str) -> str:
    """`latency` alone means its 99th percentile."""
    quantile = metric.rpartition(".")[2] in ("mean", "p50", "p95", "p99")
    return f"{metric}.p99" if metric.startswith("latency") and not quantile else metric


def _looser(budget: Budget, inherited: Budget) -> bool:
    if budget.limit.value == inherited.limit.value:
        return budget.comparison.endswith("=") and not inherited.comparison.endswith("=")
    return (budget.limit.value > inherited.limit.value) == budget.upper


def _short(names: list[str]) -> str:
    """The metrics of a block, quantiles left out."""
    return ", ".join(
        f"`{name}`" for name in names if name.rpartition(".")[2] not in ("mean", "p50", "p95", "p99")
    )
