"""Operations as somebody else's code does them: which tensors that code keeps, moves and starts.

A profile swaps the operations of `tfc`'s graph for these. The graph, its sizes, what recomputation leaves, the stages
of a pipeline and the parts of a rank are `tfc`'s own: that they describe code which is not its own is what is tested.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from tfc.ops.attention.full import Full
from tfc.ops.base import FP32, INT64, Amount, Saved, Sizes
from tfc.ops.embedding import Embedding
from tfc.ops.ffn.gelu import Gelu
from tfc.ops.ffn.swiglu import Swiglu
from tfc.ops.norm.layer import LayerNorm
from tfc.ops.norm.rms import RmsNorm
from tfc.ops.output import Output
from tfc.ops.residual import Residual

if TYPE_CHECKING:
    from tfc.graph.graph import Graph, Node

UNFUSED, FLASH, CUDNN, TRITON = "unfused", "flash", "cudnn", "triton"  # kernels of attention


@dataclass(frozen=True)
class Work:
    """What an operation starts and moves outside its products, once: kernels in each direction, bytes forward."""

    forward: int
    backward: int
    moved: Amount


class ForeignNorm(LayerNorm):
    """Layer norm: its input, mean and scale in fp32."""

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("means", sizes.tokens, FP32, "stream"),
            Saved("scales", sizes.tokens, FP32, "stream"),
        )

    def work(self, sizes: Sizes) -> Work:
        return Work(1, 2, 2 * sizes.tokens * sizes.width * sizes.element)


class ForeignRmsNorm(RmsNorm):
    """RMS norm: its input, and the scale in fp32."""

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("scales", sizes.tokens, FP32, "stream"),
        )

    def work(self, sizes: Sizes) -> Work:
        return Work(1, 2, 2 * sizes.tokens * sizes.width * sizes.element)


class ForeignAttention(Full):
    """Attention as one of several kernels does it."""

    kernel: str = field(default=UNFUSED)
    rate: float = field(default=0.1)  # dropout of the probabilities
    copied: bool = field(default=False)  # whether what is read is put in another order, and both are kept

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        element, tokens, width = sizes.element, sizes.tokens, sizes.head_width
        heads, keys = sizes.heads * width, 2 * sizes.kv_heads * width
        read = sizes.batch * sizes.reads
        own = (
            (
                Saved("memory", read * sizes.width, element, "shared"),
                Saved("q", tokens * heads, element),
                Saved("kv", read * keys, element),
            )
            if sizes.cross
            else (Saved("qkv", tokens * (heads + keys), element),)
        )
        return (
            Saved("in", tokens * sizes.width, element, "stream"),
            *own,
            *self.probabilities(sizes),
            Saved("read", tokens * heads, element),
        )

    def probabilities(self, sizes: Sizes) -> tuple[Saved, ...]:
        """What the kernel keeps between queries and what is read."""
        if self.kernel != UNFUSED:
            sums = sizes.batch * sizes.heads * sizes.length
            again = sizes.tokens * sizes.heads * sizes.head_width * self.copied
            return Saved("log-sums", sums, FP32), Saved("read by the kernel", again, sizes.element)
        pairs = sizes.batch * sizes.heads * sizes.length * sizes.reads
        each = sizes.element + (sizes.element + 1) * (self.rate > 0)
        return (Saved("probabilities, mask and product", pairs, each),)

    def pairs_computed(self, sizes: Sizes) -> Amount:
        """Pairs of tokens that the kernel multiplies: those that are masked too, unless it is a flash kernel."""
        flash = self.kernel != UNFUSED and sizes.causal and not sizes.cross
        each = self.pairs(sizes.length, sizes.reads, True) if flash else sizes.length * sizes.reads
        return sizes.batch * sizes.heads * each

    def work(self, sizes: Sizes) -> Work:
        rows = sizes.tokens * (sizes.heads + 2 * sizes.kv_heads) * sizes.head_width * sizes.element
        if self.kernel != UNFUSED:
            return Work(4, 8, 2 * rows)
        # Scores written, read and written by the softmax, again by the dropout with its mask, and read by the product.
        scores = sizes.batch * sizes.heads * sizes.length * sizes.reads
        each = 4 * sizes.element + (2 * sizes.element + 1) * (self.rate > 0)
        return Work(9, 18, 2 * rows + scores * each)


class ForeignGelu(Gelu):
    """Up, bias and GELU in one kernel, down: what went in and what came out."""

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("up", sizes.tokens * self.hidden, sizes.element),
            Saved("active", sizes.tokens * self.hidden, sizes.element),
        )

    def work(self, sizes: Sizes) -> Work:
        return Work(3, 8, 2 * sizes.tokens * self.hidden * sizes.element)


class ForeignSwiglu(Swiglu):
    """Gate and up in one product, the function and the product in one kernel, down."""

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("gate and up", 2 * sizes.tokens * self.hidden, sizes.element),
            Saved("active", sizes.tokens * self.hidden, sizes.element),
        )

    def work(self, sizes: Sizes) -> Work:
        return Work(3, 7, 3 * sizes.tokens * self.hidden * sizes.element)


class ForeignResidual(Residual):
    """Bias, dropout and sum in one kernel: the mask, a byte a number."""

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return (Saved("mask", sizes.tokens * sizes.width * (self.rate > 0), 1, "stream"),)

    def work(self, sizes: Sizes) -> Work:
        each = 3 * sizes.element + (self.rate > 0)
        return Work(1, 2, sizes.tokens * sizes.width * each)


class ForeignEmbedding(Embedding):
    """A lookup, and its dropout."""

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return (
            Saved("tokens", sizes.tokens, INT64, "stream"),
            Saved("mask", sizes.tokens * sizes.width * (self.rate > 0), 1, "stream"),
        )

    def work(self, sizes: Sizes) -> Work:
        return Work(3, 5, 4 * sizes.tokens * sizes.width * sizes.element)


class ForeignOutput(Output):
    """Logits of all tokens at once: their probabilities are kept in fp32, the logits stand beside them for a moment."""

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("probabilities", sizes.tokens * sizes.rows, FP32),
        )

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        """Forward, the logits; backward, their gradient in 16 bits beside the probabilities that it came from."""
        logits = sizes.tokens * sizes.rows * sizes.element
        return logits, logits

    def work(self, sizes: Sizes) -> Work:
        # To fp32, the maximum, less it, its exponential, the sum, over it; then back: each reads or writes a logit.
        return Work(20, 8, sizes.tokens * sizes.rows * (sizes.element + 9 * FP32))


SWAPPED: dict[type, type] = {
    LayerNorm: ForeignNorm,
    RmsNorm: ForeignRmsNorm,
    Full: ForeignAttention,
    Gelu: ForeignGelu,
    Swiglu: ForeignSwiglu,
    Residual: ForeignResidual,
    Embedding: ForeignEmbedding,
    Output: ForeignOutput,
}


def swap(graph: Graph, kernel: str, rate: float, copied: bool) -> Graph:
    """The graph with each operation as the other code does it."""
    more = {"kernel": kernel, "rate": rate, "copied": copied}

    def node(one: Node) -> Node:
        other = SWAPPED.get(type(one.op))
        if other is None:
            return one
        settings: dict[str, Any] = {item.name: getattr(one.op, item.name) for item in fields(one.op)}
        return replace(one, op=other(**settings, **(more if other is ForeignAttention else {})))

    blocks = (replace(block, nodes=tuple(map(node, block.nodes))) for block in graph.blocks)
    return replace(graph, blocks=tuple(blocks))
