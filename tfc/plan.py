"""Everything that follows from a spec, each part worked out when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tfc.diagnostics.core import Report, Severity, Span
from tfc.fields import AUTO
from tfc.spec.same import followed
from tfc.spec.written import written

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate
    from tfc.cost.latency import ServingEstimate
    from tfc.files import FileSet
    from tfc.graph.graph import Graph
    from tfc.parallel.layout import Layout
    from tfc.solve.decision import Decision
    from tfc.spec.spec import Spec


class Plan:
    """A spec and what it leads to: graphs, layouts, estimates, diagnostics, files.

    `found` is what reading the spec has said already, and `locked` the settings that `tfc.lock` remembers for
    what is `auto`, as a spec would write them. Nothing here reads or writes the disk.
    """

    def __init__(self, spec: Spec, found: Report | None = None, locked: Mapping[str, str] | None = None):
        self.spec = spec
        self.found = found or Report()
        self.locked = dict(locked or {})
        self._parts: dict[str, Plan] = {}

    def __repr__(self) -> str:
        return f"Plan({self.name}: {', '.join((*self.spec.models, *self.layouts))})"

    def alone(self, kind: str) -> Plan:
        """The same with only what a kind of block (`train`, `distill`, `deploy`) needs: quicker to solve."""
        if kind not in self._parts:
            others = {
                "train": ("distills", "deploys"),
                "distill": ("deploys",),
                "deploy": ("trains", "distills"),
            }
            spec = self.spec.replace(**{group: {} for group in others[kind]})
            self._parts[kind] = Plan(spec, self.found, self.locked)
        return self._parts[kind]

    @property
    def name(self) -> str:
        """The file name of the spec."""
        return self.spec.source.name

    @property
    def hash(self) -> str:
        """Of all that the spec says once it is read: the same for another layout of the same text."""
        return self.spec.hash

    @cached_property
    def auto(self) -> dict[str, str]:
        """What each `auto` became, by the full name of the setting and as a spec would write it."""
        became = {name: value for name, value, _ in self.solved.fields()}
        return {name: written(became[name]) for name in self.auto_spans}

    @cached_property
    def auto_spans(self) -> dict[str, Span | None]:
        """The settings that are `auto`, each with its line."""
        return {
            name: holder.span_of(setting.name)
            for name, setting, holder in self.spec.settings()
            if setting.auto and getattr(holder, setting.attribute) is AUTO
        }

    @cached_property
    def graphs(self) -> dict[str, Graph]:
        """The operations of each model, by its name."""
        from tfc.graph.build import build, written_languages

        models = self.spec.models.items()
        return {name: build(model, len(written_languages(self.spec, model)) or 1) for name, model in models}

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        """What was chosen for each block that has an `auto`, and why, by the block's full name."""
        from tfc.solve.solve import decide

        return decide(self.spec, self.graphs, self.locked)

    @cached_property
    def solved(self) -> Spec:
        """The spec with a value for each `auto`."""
        from tfc.solve.solve import solve

        return solve(self.spec, self.graphs, self.decisions)

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """How the work of each `train` and `distill` block is divided, by the block's full name."""
        from tfc.parallel.layout import divide, full_name

        spec = self.solved
        blocks = (*spec.trains.values(), *spec.distills.values())
        return {
            full_name(block, spec): divide(self.graphs[spec.model_of(block).label], block, spec)
            for block in blocks
        }

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """What each layout costs, by the block's full name."""
        return {name: self._estimate(name, layout) for name, layout in self.layouts.items()}

    def _estimate(self, name: str, layout: Layout) -> Estimate:
        """That of the search where there was one; else one that other plans with the same block have too."""
        from tfc.cost.estimate import estimate

        decision = self.decisions.get(name)
        if decision is not None:
            return decision.chosen.estimate
        return followed(layout.train, "estimate", self.spec, lambda: estimate(layout))

    @cached_property
    def servings(self) -> dict[str, ServingEstimate]:
        """What each `deploy` block takes of its device, by the block's full name."""
        blocks = {self.solved.full_name(block): block for block in self.spec.deploys.values()}
        return {
            name: followed(block, "serving", self.spec, partial(self._serving, block.label))
            for name, block in blocks.items()
        }

    def _serving(self, label: str) -> ServingEstimate:
        from tfc.cost.latency import ServingEstimate
        from tfc.parallel.serving import serve

        block = self.solved.deploys[label]
        graph = self.graphs[self.solved.model_of(block).label]
        return ServingEstimate(serve(graph, block, self.solved))

    @cached_property
    def report(self) -> Report:
        """What is wrong, and what is worth knowing; a rule runs only where all that it stands on holds."""
        from tfc.check.rules import RULES

        report = self.found
        for rule in RULES:
            report += Report(rule(self))
        return report

    @cached_property
    def refusal(self) -> Report:
        """The report with what is not generated yet (TFS605) as an error: `compile` must not leave it out."""
        return Report(
            replace(found, severity=Severity.ERROR) if found.code == "TFS605" else found
            for found in self.report
        )

    @cached_property
    def files(self) -> FileSet:
        """The generated folder, in memory; raises `SpecError` where it cannot be made."""
        from tfc.backends.folder.about import about
        from tfc.backends.registry import BACKENDS
        from tfc.files import FileSet

        self.refusal.raise_errors()
        files = FileSet({})
        for backend in BACKENDS:
            if backend.needs(self):
                files = files | backend.files(self)
        return files | about(self, files)

    def _repr_html_(self) -> str:
        from tfc.summary import plan_html

        return plan_html(self)
