"""The time in which a deployed model answers: of encoding, and of each further token, a batch at a time.

A roofline as in training, of what the graphs have to read and to compute. One thread computes a batch: on a CPU it has
one core, and its share of the bandwidth. Engines fuse differently and choose kernels when they are built, so the
interval is wide, and `tfc verify` measures the built one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfc.cost.items import Item
from tfc.cost.kept import is_layer, said
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.cost.serving import Engine
    from tfc.diagnostics.core import Span
    from tfc.graph.sized import SizedBlock

# Kernels of a layer in an engine on a GPU after fusion, and of the rest: orders of magnitude.
KERNELS_OF_A_LAYER, KERNELS_OF_THE_REST, KERNEL_ON_GPU = 10, 12, 2.5e-6
# Seconds in which onnxruntime's CUDA provider starts a node: the captions' student in fp16 on an H100 took 0.9 ms for a
# step of some 65 nodes, whatever its batch (docs/cost-model.md). What the device computes meanwhile costs nothing more.
NODE_ON_GPU = 13e-6
# Seconds of one more small node under onnxruntime on a CPU (benchmarks/serving.py, 2026-11-22, EPYC). What a node
# computes is priced apart.
NODE_ON_CPU = 0.26e-6
# Seconds of a step in Python beside its graph: of the quickstart, greedy, 49 to 53 us for one text (2026-11-22, EPYC).
# Keeping the best of several hypotheses is forty calls of numpy more, at some 5 us.
STEP, BEAM_STEP = 50e-6, 250e-6
# What is read and written of an activation before a product of integers: its largest of a row (read, written, read),
# the division (read, written), and the rounding (read, and a quarter written); of a product its scaling.
ROUNDING, SCALING = 6.25, 2
LOW, HIGH = 0.5, 2.0  # factors within which these times are believed


class Answering:
    """Times of one deployed model; amounts are for given batches and lengths."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.serving, self.graphs = engine, engine.serving, engine.graphs
        self.device, self.model, self.deploy = engine.device, engine.model, engine.deploy

    def encoding(self, batch: int, source: int) -> Iterator[Item]:
        """Seconds until the decoder may begin: the encoder, or the prompt with its first token."""
        side = "encoder" if self.serving.has_encoder else "decoder"
        found = tuple(self._encoding(batch, self.engine.padded(source), side))
        yield from found
        yield from self.starting("encoding", side, sum(item.amount for item in found))

    def _encoding(self, batch: int, source: int, side: str) -> Iterator[Item]:
        lengths = (source, 1) if self.serving.has_encoder else (0, source)
        for block in self.blocks(batch, *lengths):
            if block.name.split(".")[0] == side or block.name == "embedding":
                yield from self.block(block, "encoding")
        if self.serving.generates and self.serving.has_encoder:
            yield from self.crossing(batch, source)
        elif self.serving.says_tokens:
            # Of a prompt the last token alone has logits, of an encoder all have.
            tokens = batch if self.serving.generates else batch * source
            yield from self.output(tokens, 1 if self.serving.generates else source)

    def crossing(self, batch: int, source: int) -> Iterator[Item]:
        """Seconds of the keys and values that every layer of the decoder makes of the source, once."""
        side, numbers = self.model.decoder, self.engine.numbers("attention")
        outputs, inputs = 2 * side.kv_heads * side.head_width, self.model.width
        flops = 2 * batch * source * outputs * inputs
        taken = max(flops / self.peak(numbers.dtype), self.moved(outputs * inputs * numbers.weight))
        taken += self.moved(self.rounding("attention", batch * source, outputs, inputs))
        taken += self.moved(4 * batch * source * outputs * self.graphs.wide)  # written, turned, and parted
        yield self.seconds(
            side.layers * taken, "encoding", "keys and values of the source", side.span_of("cross")
        )

    def token(self, batch: int, source: int, target: int) -> Iterator[Item]:
        """Seconds of one further token of every hypothesis, when `target` tokens are there on average."""
        found = tuple(self._token(batch, self.engine.padded(source), target))
        yield from found
        yield from self.starting("decoding", "decoder", sum(item.amount for item in found))

    def _token(self, batch: int, source: int, target: int) -> Iterator[Item]:
        rows = batch * self.serving.beams
        for block in self.blocks(rows, int(self.serving.has_encoder), 1):
            if block.name.split(".")[0] == "decoder" or block.name == "embedding":
                yield from self.block(block, "decoding")
        yield from self.output(rows, 1)
        context = target + (0 if self.serving.has_encoder else source)
        yield self.reading(rows, rows * context, "keys and values read", "output")
        if self.serving.has_encoder:
            yield self.reading(rows, batch * source, "those of the source", "input", source)
        yield from self.choosing(rows, context)

    def reading(self, rows: int, positions: int, what: str, setting: str, each: int = 0) -> Item:
        """Seconds of attention to what is kept: it is read, and multiplied by the queries of each row."""
        side = self.model.decoder
        flops = 4 * (rows * each or positions) * side.heads * side.head_width * side.layers
        computed = flops / self.peak(self.engine.numbers("softmax").dtype)
        taken = max(computed, self.moved(self.engine.cache("", positions, None).amount))
        return self.seconds(taken, "cache", what, self.deploy.span_of(setting))

    def choosing(self, rows: int, context: int) -> Iterator[Item]:
        """Seconds of going on with the best of several hypotheses."""
        if self.serving.beams == 1:
            return
        span, words = self.deploy.span_of("decoding"), self.serving.shortlist or self.model.vocab
        # Logarithms of the softmax read and write the logits twice, and TopK reads them.
        text = f"the best {self.serving.beams} of {self.model.vocab}"
        yield self.seconds(self.moved(5 * rows * words * 4), "beam", text, span)
        # At most every row is moved; where the best go on as they were, none is.
        gathered = self.moved(2 * self.engine.cache("", rows * self.engine.places(context), None).amount)
        yield Item(
            gathered, Dimension.TIME, "beam", "caches put in order", "serving", span, 0, gathered * HIGH
        )

    def output(self, tokens: int, length: int) -> Iterator[Item]:
        """Seconds of the logits of so many tokens, and of the norm before them."""
        lengths = (0, length) if self.serving.generates else (length, 0)
        for block in self.blocks(tokens // length, *lengths):
            if block.name == "output":
                yield from self.block(block, "logits", tokens)

    # -------------------------------------------------------------------------------------------- blocks

    def blocks(self, batch: int, source: int, target: int) -> tuple[SizedBlock, ...]:
        """The model, every number as wide as what is not rounded."""
        wide = self.graphs.wide
        device = "cpu" if self.device.is_cpu else "cuda"
        return self.serving.graph.at(batch, source, target, wide, wide, device).blocks

    def block(self, block: SizedBlock, category: str, tokens: int = 0) -> Iterator[Item]:
        """Seconds of a block for all its layers."""
        for node in block.nodes:
            part, taken = self.engine.part(node), 0.0
            numbers, share = self.engine.numbers(part), 1.0
            if node.op.name == "output":
                share = (self.serving.shortlist or self.model.vocab) / self.model.rows
            # Of cross-attention queries and output: `crossing` has the keys and values between them.
            for product in node.products[::2] if node.name == "cross" else node.products:
                computed = share * product.flops / self.peak(numbers.dtype)
                taken += max(computed, self.moved(share * product.n * product.k * numbers.weight))
                taken += self.moved(self.rounding(part, product.m, share * product.n, product.k))
            if node.op.family == "attention" and node.name != "cross":
                taken += node.useful / self.peak(self.engine.numbers("softmax").dtype, "attention")
            # The loss is not computed here: logits are written and read once.
            written = 8 * share * tokens * self.model.rows
            taken += self.moved(written if node.op.name == "output" else node.traffic)
            yield self.seconds(block.count * taken, category, said(node), node.origin.span)
        if not self.device.is_cpu and not self.starts_nodes:
            kernels = KERNELS_OF_A_LAYER if is_layer(block) else KERNELS_OF_THE_REST
            yield self.seconds(block.count * kernels * KERNEL_ON_GPU, "overhead", "starting kernels", None)

    @property
    def starts_nodes(self) -> bool:
        """Whether a GPU waits for onnxruntime, which starts its nodes one by one; an engine is started as a whole."""
        return not self.device.is_cpu and self.deploy.target.name == "onnxruntime"

    def starting(self, category: str, side: str, computed: float = 0.0) -> Iterator[Item]:
        """Seconds of a call in Python, and of starting its nodes, beside which a GPU computes."""
        nodes = self.graphs.nodes(side)
        if self.device.is_cpu:
            yield self.seconds(nodes * NODE_ON_CPU, "overhead", f"starting {nodes} nodes", None)
        elif self.starts_nodes:
            waited = max(nodes * NODE_ON_GPU - computed, 0.0)
            yield self.seconds(waited, "overhead", f"starting {nodes} nodes", None)
        step = BEAM_STEP if self.serving.beams > 1 and category == "decoding" else STEP
        yield self.seconds(step, "overhead", "a step in Python", None)

    def rounding(self, part: str, rows: float, outputs: float, inputs: float) -> float:
        """Bytes read and written around a product of integers whose rows have scales of their own."""
        if not self.device.is_cpu or self.graphs.activations != "per_row" or not self.graphs.rounded(part):
            return 0.0
        return rows * (ROUNDING * inputs + SCALING * outputs) * self.graphs.wide

    # --------------------------------------------------------------------------------------------- device

    def peak(self, dtype: str, what: str = "products") -> float:
        """Operations per second of what computes a batch: a device, or one core of a CPU."""
        known = dtype if self.device.computes(dtype) else "fp16"
        return self.device.peak(known) * self.device.attained(what) / self.parts

    def moved(self, amount: float) -> float:
        """Seconds in which bytes are read."""
        return amount / (self.device.bandwidth * self.device.attained("traffic") / self.parts)

    @property
    def parts(self) -> int:
        """Of how many parts of the device one computes a batch."""
        return self.device.units if self.device.is_cpu else 1

    def seconds(self, amount: float, category: str, what: str, span: Span | None) -> Item:
        return Item(amount, Dimension.TIME, category, what, "serving", span, amount * LOW, amount * HIGH)
