"""Deploy block -> what is served: the model, its device, the largest request, and how an output is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfc.graph.graph import Graph
    from tfc.hardware.device import Device
    from tfc.hardware.profile import Profile


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
    profile: Profile | None = None  # what was measured of the device, if it was

    @property
    def generates(self) -> bool:
        """Whether it writes token by token."""
        return self.model.decoder is not None

    @property
    def has_encoder(self) -> bool:
        return self.model.encoder is not None

    @property
    def says_tokens(self) -> bool:
        """Whether its graphs end in the vocabulary: an encoder may give its states instead."""
        return self.generates or self.deploy.gives == "scores"

    @property
    def servers(self) -> int:
        """Batches that are computed at a time: each thread of the server computes one, on one core of a CPU."""
        return min(self.deploy.server.threads, self.device.units) if self.device.is_cpu else 1

    @property
    def tokenizer(self) -> str:
        """The kind of its data's tokenizer; empty where nothing in the spec trains it."""
        for block in (*self.spec.trains.values(), *self.spec.distills.values()):
            if self.spec.model_of(block).label == self.model.label:
                return self.spec.data_of(block).tokenizer.name
        return ""

    def lengths(self, source: int | None = None, target: int | None = None) -> tuple[int, int]:
        """Tokens of a source and of an output, the most where nothing is said.

        What a decoder reads and writes has to fit into its context together; its last token is not read.
        """
        if not self.generates:
            return source or self.input[1], 0
        longest, most, context = self.input[1], self.output[1], self.model.context
        if not self.has_encoder:
            room = context + 1
            if source is None:
                longest = min(longest, max(1, room - (target or most), context // 2))
            most = min(most, max(1, room - (source or longest)))
        return source or longest, target or most

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
        profile=spec.profile_of(deploy),
    )
