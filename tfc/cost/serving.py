"""What a deployed model takes of memory: its files, and what the generated runtime holds as it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.cost.graphs import NODE, PIECE, Graphs
from tfc.cost.items import Item
from tfc.cost.kept import part_of
from tfc.cost.resident import (
    ARENA,
    ARENA_LEAST,
    ARENA_MOST,
    ENGINE,
    SERVER,
    SERVER_MOST,
    SESSION,
    SESSION_LEAST,
    SESSION_MOST,
    TENSORRT,
    TENSORRT_LEAST,
    TENSORRT_MOST,
    loaded,
)
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.cost.graphs import Held
    from tfc.diagnostics.core import Span
    from tfc.graph.sized import SizedNode
    from tfc.parallel.serving import Serving

PLACES, BUCKET = (
    16,
    8,
)  # of a cache at first, and what a source is padded to a multiple of: as `engine.py` has them


@dataclass(frozen=True)
class Numbers:
    """What a part of the model is kept and computed in."""

    weight: float  # bytes of a weight
    activation: float  # bytes of an activation
    dtype: str  # of products


class Engine:
    """One deployed model; amounts are for given batches and lengths."""

    def __init__(self, serving: Serving) -> None:
        self.serving, self.deploy, self.model = serving, serving.deploy, serving.model
        self.precision, self.device = serving.deploy.precision, serving.device
        self.graphs = Graphs(serving)

    # ------------------------------------------------------------------------------------------- numbers

    def numbers(self, part: str) -> Numbers:
        """The numbers of a part of the model, as `keep` names parts; what is kept is in 16 bits, on a CPU in 32."""
        wide = Numbers(4, 4, "fp32") if self.device.is_cpu else Numbers(2, 2, "fp16")
        name = self.precision.name
        if name == "fp32":
            return Numbers(4, 4, "fp32")
        if name in ("fp16", "bf16"):
            return Numbers(2, 2, name)
        if part in getattr(self.precision, "keep", ()) or not getattr(self.precision, "weights", True):
            return wide
        if name == "int4":
            return Numbers(0.5 + 2 / self.precision.block, wide.activation, wide.dtype)
        rounded = getattr(getattr(self.precision, "activations", None), "name", "static") != "none"
        return Numbers(1, wide.activation, name if rounded else wide.dtype)

    def part(self, node: SizedNode) -> str:
        """Tables are the embedding's, also where they project to the vocabulary."""
        return "embedding" if node.op.name == "output" else part_of(node)

    @property
    def cache_bytes(self) -> float:
        """Bytes of a number in the cache of keys and values."""
        if getattr(self.precision, "kv_cache", False):
            return 1
        return 4 if self.device.is_cpu or self.precision.name == "fp32" else 2

    # -------------------------------------------------------------------------------------------- memory

    @property
    def on_cpu(self) -> bool:
        """Whether onnxruntime computes on a CPU, whose memory and threads were measured."""
        return self.device.is_cpu

    @cached_property
    def held(self) -> tuple[Held, ...]:
        return tuple(self.graphs.held())

    def weights(self) -> Iterator[Item]:
        """The files that are loaded: numbers by operation, the text of the graphs, and the tokenizer."""
        for one in self.held:
            if not one.again:
                what = f"{self.said(one)}, in {one.graph}"
                yield self.bytes(one.integers + one.floats, "weights", what, one.span)
        nodes = sum(self.graphs.nodes(side.kind) for side in self.model.sides)
        yield self.outside(nodes * NODE, "graph", f"{nodes} nodes, and their names")
        if piece := PIECE.get(self.serving.tokenizer):
            yield self.outside(piece * self.model.vocab, "tokenizer", "its file")

    def said(self, one: Held) -> str:
        """A part of a graph, and in what its numbers are if they are rounded."""
        return f"{one.what}, {self.precision.name}" if one.integers else one.what

    def loaded(self) -> Iterator[Item]:
        """The weights as they are resident."""
        if not self.on_cpu:
            yield from (item for item in self.weights() if item.category == "weights")
            return
        widened = self.precision.name == "int8" and self.graphs.activations == "none"
        for one in self.held:
            amount, low, high = loaded(one, widened)
            what = f"{self.said(one)}, in {one.graph}" + ("" if one.gathered else ", packed")
            yield Item(amount, Dimension.BYTES, "weights", what, "serving", one.span, low, high)
        yield Item(
            SESSION, Dimension.BYTES, "workspace", "loading", "serving", None, SESSION_LEAST, SESSION_MOST
        )

    def memory(self, batch: int, source: int, target: int) -> Iterator[Item]:
        """Bytes at a batch and lengths, every thread of the server at work on one."""
        yield from self.loaded()
        alone = tuple(self.batch(batch, source, target))
        yield from alone
        for item in alone if self.serving.servers > 1 else ():
            more = self.serving.servers - 1
            what = f"{item.what}, of {more} more batch{'es' if more > 1 else ''} at once"
            yield Item(
                more * item.amount,
                item.dimension,
                item.category,
                what,
                "serving",
                self.deploy.server.span_of("threads"),
                0,
                more * item.most,
            )
        if not self.device.is_cpu:
            yield self.outside(self.device.overhead, "workspace", "CUDA context and kernels")
        if self.deploy.target.name == "tensorrt":
            bounds = (TENSORRT, TENSORRT_LEAST, TENSORRT_MOST)
        else:
            bounds = (SERVER, ENGINE, SERVER_MOST)
        amount, low, high = bounds
        what = f"Python, {self.deploy.target.name} and the server"
        yield Item(amount, Dimension.BYTES, "workspace", what, "serving", None, low, high)

    def batch(self, batch: int, source: int, target: int) -> Iterator[Item]:
        """Bytes of one batch."""
        rows = batch * self.serving.beams
        model = self.model
        if model.decoder is not None:
            kept = target + (0 if self.serving.has_encoder else source)
            places = self.places(kept)
            span = self.deploy.span_of("output")
            yield self.cache(f"keys and values, {places} places", rows * places, span)
            if places > PLACES and self.on_cpu:
                yield self.cache("the cache that is lengthened, beside the new one", rows * places // 2, span)
        if model.decoder is not None and self.serving.has_encoder:
            # Beams read one copy of what the source gave.
            yield self.cache(
                "keys and values of the source", batch * self.padded(source), self.deploy.span_of("input")
            )
        numbers = max(self.wide(side, batch, self.padded(source)) for side in model.sides)
        amount, span = numbers * self.graphs.wide, self.deploy.span_of("batch")
        yield self.taken(amount, "activations", "of one layer", span)
        if self.serving.generates:
            logits = rows * (self.serving.shortlist or model.vocab) * 4
            yield self.taken(2 * logits, "logits", "of one token of each hypothesis", model.span_of("vocab"))

    def padded(self, source: int) -> int:
        """Tokens of a source with the padding of its bucket."""
        return max(source, min(-(-source // BUCKET) * BUCKET, self.serving.input[1]))

    def places(self, kept: int) -> int:
        """Places of a cache for so many tokens: doubled as it fills on a CPU, in an engine all there are."""
        most = self.serving.output[1] if self.serving.has_encoder else self.model.context
        if not self.on_cpu:
            return most
        places = min(PLACES, most)
        while places < min(kept, most):
            places = min(2 * places, most)
        return places

    def wide(self, side: Any, batch: int, source: int) -> int:
        """Numbers that one layer holds at once; the prompts of a batch are read together, padded to the longest."""
        alone = side.kind == "decoder" and not self.serving.has_encoder
        tokens = batch * (source if alone or side.kind == "encoder" else self.serving.beams)
        heads, queries = side.heads, side.heads * side.head_width
        keys = 2 * side.kv_heads * side.head_width
        # What is added to and what is read; then what is projected and its parts, queries by keys and their softmax, or
        # the feed-forward's up (and gate) with its parts, and what it makes of them.
        attention = 2 * (queries + keys) + 2 * heads * source
        gated = max(4 if ffn.name in ("swiglu", "geglu") else 3 for ffn in side.ffn)
        return tokens * (2 * self.model.width + max(attention, gated * max(ffn.hidden for ffn in side.ffn)))

    def taken(self, amount: float, category: str, what: str, span: Span | None) -> Item:
        """Bytes that tensors hold at once, in the arena of onnxruntime."""
        if not self.on_cpu:
            return self.bytes(amount, category, what, span)
        low, high = amount * ARENA_LEAST, amount * ARENA_MOST
        return Item(amount * ARENA, Dimension.BYTES, category, what, "serving", span, low, high)

    def cache(self, what: str, positions: int, span: Span | None) -> Item:
        side = self.model.decoder
        each = 2 * side.layers * side.kv_heads * side.head_width * self.cache_bytes
        return self.bytes(positions * each, "cache", what, span)

    def bytes(self, amount: float, category: str, what: str, span: Span | None) -> Item:
        return Item(amount, Dimension.BYTES, category, what, "serving", span, amount * 0.95, amount * 1.1)

    def outside(self, amount: float, category: str, what: str) -> Item:
        return Item(amount, Dimension.BYTES, category, what, "serving", None, amount * 0.6, amount * 1.8)
