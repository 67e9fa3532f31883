"""What a deployed model takes: its files, its memory, and the time of encoding and of each further token.

A roofline as in training, of what an engine has to read and to compute; engines fuse differently and choose kernels
when they are built, so the interval is wide, and `tfc verify` measures the built one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.cost.items import Item
from tfc.cost.kept import is_layer, part_of, said
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.diagnostics.core import Span
    from tfc.graph.sized import SizedBlock, SizedNode
    from tfc.parallel.serving import Serving

MIB = 2**20
# Resident beside the model: an inference runtime without torch. ONNX Runtime with a model of 195 MB was measured at
# 258 MB after load (design, serving page, S2e); TensorRT brings its libraries and cuBLAS beside the CUDA context.
RUNTIME = {"onnxruntime": 80 * MIB, "tensorrt": 300 * MIB}
# Kernels of a layer after fusion, and what each costs beside its arithmetic: a graph node of ONNX Runtime on a CPU, a
# kernel in an enqueued engine on a GPU. Orders of magnitude.
KERNELS_OF_A_LAYER, KERNELS_OF_THE_REST = 10, 12
NODE_ON_CPU, KERNEL_ON_GPU = 4e-6, 2.5e-6
LOW, HIGH = 0.5, 2.0  # factors within which these times are believed


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

    def peak(self, dtype: str) -> float:
        known = dtype if self.device.computes(dtype) else "fp16"
        return self.device.peak(known) * self.device.attained("products")

    # -------------------------------------------------------------------------------------------- memory

    @cached_property
    def _unit(self) -> tuple[SizedBlock, ...]:
        """The blocks for one token, for what does not depend on sizes."""
        return self.serving.graph.at(1, 1, 1).blocks

    def weights(self) -> Iterator[Item]:
        """The weights, by operation."""
        for block in self._unit:
            for node in block.nodes:
                if not node.parameters:
                    continue
                numbers = self.numbers(self.part(node))
                matrix = sum(product.n * product.k for product in node.products)
                vectors = max(0, node.parameters - matrix) if part_of(node) != "embedding" else 0
                amount = block.count * ((node.parameters - vectors) * numbers.weight + 4 * vectors)
                yield self.bytes(amount, "weights", f"{said(node)}, {self.precision.name}", node.origin.span)

    def memory(self, batch: int, source: int, target: int) -> Iterator[Item]:
        """Bytes at a batch and lengths."""
        yield from self.weights()
        rows = batch * self.serving.beams
        model = self.model
        if model.decoder is not None:
            kept = target + (0 if self.serving.has_encoder else source)
            yield self.cache("keys and values", rows * kept, self.deploy.span_of("output"))
        if model.decoder is not None and self.serving.has_encoder:
            # Beams read one copy of what the source gave.
            yield self.cache("keys and values of the source", batch * source, self.deploy.span_of("input"))
        numbers = self.numbers("ffn")
        wide = max(self.wide(side, batch, source) for side in model.sides)
        yield self.bytes(
            wide * numbers.activation, "activations", "of one layer", self.deploy.span_of("batch")
        )
        if self.serving.generates:
            logits = rows * (self.serving.shortlist or model.rows) * 4
            yield self.bytes(2 * logits, "logits", "of one token of each hypothesis", model.span_of("vocab"))
        if not self.device.is_cpu:
            yield self.outside(self.device.overhead, "workspace", "CUDA context and kernels")
        yield self.outside(RUNTIME[self.deploy.target.name], "workspace", f"{self.deploy.target.name} itself")

    def wide(self, side: Any, batch: int, source: int) -> int:
        """Numbers that one layer holds at once: a prompt is read for one request at a time, sources together."""
        alone = side.kind == "decoder" and not self.serving.has_encoder
        tokens = (
            max(source, batch)
            if alone
            else batch * (source if side.kind == "encoder" else self.serving.beams)
        )
        return tokens * (4 * self.model.width + 3 * max(ffn.hidden for ffn in side.ffn))

    def cache(self, what: str, positions: int, span: Span | None) -> Item:
        side = self.model.decoder
        each = 2 * side.layers * side.kv_heads * side.head_width * self.cache_bytes
        return self.bytes(positions * each, "cache", what, span)

    def bytes(self, amount: float, category: str, what: str, span: Span | None) -> Item:
        return Item(amount, Dimension.BYTES, category, what, "serving", span, amount * 0.95, amount * 1.1)

    def outside(self, amount: float, category: str, what: str) -> Item:
        return Item(amount, Dimension.BYTES, category, what, "serving", None, amount * 0.6, amount * 1.8)

    # ---------------------------------------------------------------------------------------------- time

    def encoding(self, batch: int, source: int) -> Iterator[Item]:
        """Seconds until the first token can be chosen: the encoder, or the prompt."""
        lengths = (source, 1) if self.serving.has_encoder else (0, source)
        side = "encoder" if self.serving.has_encoder else "decoder"
        blocks = self.serving.graph.at(batch, *lengths).blocks
        for block in blocks:
            if block.name.split(".")[0] == side or (block.name == "embedding"):
                yield from self.block(block, "encoding", batch * source)
        if self.serving.generates and self.serving.has_encoder:
            yield from self.crossing(batch, source)

    def crossing(self, batch: int, source: int) -> Iterator[Item]:
        """Seconds of the keys and values that every layer of the decoder makes of the source, once."""
        side, numbers = self.model.decoder, self.numbers("attention")
        each = 2 * self.model.width * side.kv_heads * side.head_width
        flops = 2 * batch * source * each * side.layers
        taken = max(flops / self.peak(numbers.dtype), self.moved(each * side.layers * numbers.weight))
        yield self.seconds(taken, "encoding", "keys and values of the source", side.span_of("cross"))

    def token(self, batch: int, source: int, target: int) -> Iterator[Item]:
        """Seconds of one further token of every hypothesis, when `target` tokens are there on average."""
        rows = batch * self.serving.beams
        for block in self.serving.graph.at(rows, int(self.serving.has_encoder), 1).blocks:
            if block.name.split(".")[0] == "decoder" or block.name in ("output", "embedding"):
                yield from self.block(block, "decoding", rows)
        context = self.cache("", rows * (target + (0 if self.serving.has_encoder else source)), None).amount
        yield self.seconds(
            self.moved(context), "cache", "keys and values read", self.deploy.span_of("output")
        )
        if self.serving.has_encoder:
            read = self.cache("", batch * source, None).amount
            yield self.seconds(self.moved(read), "cache", "those of the source", self.deploy.span_of("input"))
        if self.serving.beams > 1:
            sorting = 2 * rows * (self.serving.shortlist or self.model.rows) * 4
            text = f"the best {self.serving.beams} of {self.model.vocab}"
            yield self.seconds(
                self.moved(sorting) + 4 * self.kernel, "beam", text, self.deploy.span_of("decoding")
            )

    def block(self, block: SizedBlock, category: str, tokens: int) -> Iterator[Item]:
        """Seconds of a block for all its layers."""
        for node in block.nodes:
            numbers = self.numbers(self.part(node))
            products = [
                product for product in node.products if not (node.name == "cross" and product.n > product.k)
            ]
            share = 1.0
            if node.op.name == "output" and self.serving.shortlist:
                share = self.serving.shortlist / self.model.rows
            taken = sum(
                max(
                    share * product.flops / self.peak(numbers.dtype),
                    self.moved(share * product.n * product.k * numbers.weight),
                )
                for product in products
            )
            taken += (
                node.useful / (self.peak(self.numbers("softmax").dtype))
                if node.op.family == "attention"
                else 0
            )
            is_output = node.op.name == "output"
            # The loss is not computed here: logits are written and read once.
            moved = (
                8 * share * tokens * self.model.rows if is_output else node.traffic * numbers.activation / 4
            )
            taken += self.moved(moved)
            which = "logits" if is_output else category
            yield self.seconds(block.count * taken, which, said(node), node.origin.span)
        kernels = KERNELS_OF_A_LAYER if is_layer(block) else KERNELS_OF_THE_REST
        yield self.seconds(block.count * kernels * self.kernel, "overhead", "starting kernels", None)

    def moved(self, amount: float) -> float:
        """Seconds in which bytes are read."""
        return amount / (self.device.bandwidth * self.device.attained("traffic"))

    @property
    def kernel(self) -> float:
        return NODE_ON_CPU if self.device.is_cpu else KERNEL_ON_GPU

    def seconds(self, amount: float, category: str, what: str, span: Span | None) -> Item:
        return Item(amount, Dimension.TIME, category, what, "serving", span, amount * LOW, amount * HIGH)
