"""What each `auto` becomes: a value that fits the device and meets the budgets, the best for what `prefer` names.

The search is over what code is generated for; where nothing of that fits, over all that is priced. Where nothing fits
at all, the choice is the one that needs least memory, and the rule on budgets says by how much it misses (TFS401).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tfc.fields import AUTO, variants
from tfc.parallel.layout import divide
from tfc.solve.choice import given
from tfc.solve.decision import Decision
from tfc.solve.domain import open_settings
from tfc.solve.search import decided
from tfc.spec.same import followed

if TYPE_CHECKING:
    from tfc.graph.graph import Graph
    from tfc.spec.spec import Spec

GROUPS = ("trains", "distills")


def decide(
    spec: Spec, graphs: Mapping[str, Graph], locked: Mapping[str, str] | None = None
) -> dict[str, Decision]:
    """How each block that trains is laid out, by its full name; blocks without `auto` are left out.

    `locked` holds what a setting was the last time, by its full name and as a spec writes it: it stays that while it is
    a value that could be chosen and meets the budgets.
    """
    found = {}
    kept = locked or {}
    for group in GROUPS:
        for block in getattr(spec, group).values():
            made = partial(_decided, block, spec, graphs, kept)
            decision = followed(block, "decision", spec, made, *sorted(kept.items()))
            if decision is not None:
                found[spec.full_name(block)] = decision
    return found


def _decided(
    block: Any, spec: Spec, graphs: Mapping[str, Graph], locked: Mapping[str, str]
) -> Decision | None:
    block = _teacher_beside(block)
    if not open_settings(block):
        return None
    return decided(block, spec, graphs[spec.model_of(block).label], locked)


def solve(spec: Spec, graphs: Mapping[str, Graph], decisions: Mapping[str, Decision]) -> Spec:
    """The spec with a value for each `auto`; the same spec where there is none."""
    solved = {
        group: {label: _solved(block, spec, decisions) for label, block in getattr(spec, group).items()}
        for group in GROUPS
    }
    return _with_buckets(_with_servers(spec.replace(**solved)), graphs)


def _solved(block: Any, spec: Spec, decisions: Mapping[str, Decision]) -> Any:
    decision = decisions.get(spec.full_name(block))
    return decision.chosen.block if decision else _teacher_beside(block)


def _teacher_beside(block: Any) -> Any:
    """A teacher that is `auto` computes beside its student, on a CPU in its full precision."""
    if block.kind != "distill" or block.teacher is not AUTO:
        return block
    precision = "fp32" if block.on.device.is_cpu else "bf16"
    return given(block, {"teacher": variants("teacher")["resident"](precision=precision)})  # type: ignore[call-arg]


def _with_buckets(spec: Spec, graphs: Mapping[str, Graph]) -> Spec:
    """The padded lengths of each `data` block, for the first block that learns from it."""
    datas = dict(spec.datas)
    for block in (*spec.distills.values(), *spec.trains.values()):
        layout = divide(graphs[spec.model_of(block).label], block, spec)
        edges = tuple(max(bucket) for bucket in layout.buckets)
        datas[block.data] = given(spec.datas[block.data], {"buckets": edges})
    return spec.replace(datas=datas)


def _with_servers(spec: Spec) -> Spec:
    """Threads of a server: every core of a CPU; a GPU's server needs one."""
    deploys = {}
    for label, deploy in spec.deploys.items():
        device = deploy.target.on  # type: ignore[attr-defined]
        server = given(deploy.server, {"threads": device.units})
        deploys[label] = deploy.replace(server=server)
    return spec.replace(deploys=deploys)
