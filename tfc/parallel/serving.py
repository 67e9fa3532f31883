"""Deploy block -> what is served: the model, its device, the largest request, and how an output is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfc.graph.graph import Graph
    from tfc.hardware.device import Device


@dataclass(frozen=True)
class Serving:
    """One `deploy` block, on one device."""

    name: str  # the full name of the block
    spec: Any
    deploy: Any
    model: Any
    graph: Graph
    device: Device
    batch: tuple[int, int]  # sequences in one step, the least and the most
    input: tuple[int, int]  # tokens of a source; of a decoder the prompt
    output: tuple[int, int]  # tokens of an output; an encoder has none
    beams: int  # hypotheses that are followed for one sequence
    shortlist: int | None  # words that may follow

    @property
    def generates(self) -> bool:
        """Whether it writes token by token."""
        return self.model.decoder is not None

    @property
    def has_encoder(self) -> bool:
        return self.model.encoder is not None

    def replace(self, **changes: Any) -> Serving:
        return replace(self, **changes)


def serve(graph: Graph, deploy: Any, spec: Any) -> Serving:
    """What a `deploy` block asks of its device."""
    model, decoding = spec.model_of(deploy), deploy.decoding
    return Serving(
        name=spec.full_name(deploy),
        spec=spec,
        deploy=deploy,
        model=model,
        graph=graph,
        device=deploy.target.on,
        batch=deploy.batch,
        input=deploy.input,
        output=deploy.output if model.decoder is not None else (0, 0),
        beams=getattr(decoding, "width", 1),
        shortlist=getattr(decoding, "shortlist", None),
    )
