"""One block: what is remembered if it still holds, else the best of what code is generated for, else of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tfc.solve.choice import wishes
from tfc.solve.decision import Decision
from tfc.solve.domain import Domain, open_settings
from tfc.solve.ladder import Ladder

if TYPE_CHECKING:
    from tfc.graph.graph import Graph
    from tfc.spec.spec import Spec

FEW = 8  # divisions that are bisected one by one sooner than numpy is loaded
QUICK = ("step_time", "time", "cost", "energy", "throughput", "mfu")  # a larger micro-batch makes none worse


def decided(block: Any, spec: Spec, graph: Graph, locked: Mapping[str, str]) -> Decision:
    """The choice for one block that has an `auto`, and what it was chosen from."""
    domain = Domain(block, spec, graph)
    wide = domain.widened()
    wanted = _wanted(block, spec, locked)
    for one in (domain.remembering(wanted), wide.remembering(wanted)) if wanted else ():
        if one is not None:
            found = _searched(one)
            if found.chosen.fits and not found.chosen.broken:
                return found
    found = _searched(domain)
    if found.chosen.fits or set(wide.divisions) <= set(domain.divisions):
        return found
    wider = _searched(wide)
    return wider if wider.chosen.fits else found


def _searched(domain: Domain) -> Decision:
    few = len(domain.divisions) <= FEW and all(one.metric in QUICK for one in wishes(domain.block))
    if few:
        return Decision(Ladder(domain))
    from tfc.solve.bounded import Bounded

    return Decision(Bounded(domain))


def _wanted(block: Any, spec: Spec, locked: Mapping[str, str]) -> dict[str, str]:
    """What the lock remembers of a block's open settings, by their own names."""
    name = spec.full_name(block)
    full = {
        one: f"{name}.{'parallel.' if holder is not block else ''}{one}"
        for one, holder in open_settings(block).items()
    }
    return {one: locked[path] for one, path in full.items() if path in locked}
