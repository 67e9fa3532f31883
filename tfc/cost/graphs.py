"""What lies in the graphs of a deployment, as the generated `graphs.py` and `lowering.py` write them.

An encoder-decoder is two graphs: `encoder.onnx` ends with the keys and values that each layer of the decoder reads of
the source, `decoder.onnx` has the rest. Each holds its own table of embeddings, also where the model ties them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from tfc.cost.kept import part_of, said
from tfc.graph.graph import SOURCE

if TYPE_CHECKING:
    from tfc.diagnostics.core import Span
    from tfc.graph.graph import GraphBlock, Node
    from tfc.ops.base import Parameter
    from tfc.parallel.serving import Serving

ENCODER, DECODER = "encoder.onnx", "decoder.onnx"
INT64 = 8
# Bytes of a node with its names and those of its constants: 138 to 156 in the four graphs of the examples quickstart
# and captions, 2026-11-21.
NODE = 150
# Nodes of a projection: of floats, and around the product of integers by how activations are rounded.
PROJECTION = {"per_row": 7, "none": 3}
PROJECTION_STATIC = 2
# Nodes beside projections: of self-attention in an encoder and in a decoder (which keeps its keys), of cross-attention,
# of a feed-forward that is gated or not.
ATTENTION, KEPT_ATTENTION, CROSS, GATED, PLAIN = 4, 8, 5, 3, 1
EMBEDDING = 6  # rounded: gathered, turned, and scaled
HEAD = 4  # from logits to what a step says
# Bytes of a piece in the tokenizer's file: SentencePiece 14 and 18 in these examples; a JSON of Tokenizers has each
# piece, and the pair that it was merged from, in some forty.
PIECE = {"sentencepiece": 16, "tokenizers": 45}


@dataclass(frozen=True)
class Held:
    """A part of a graph: its numbers and scales in bytes."""

    graph: str  # the file
    what: str
    span: Span | None
    integers: float  # bytes of what is rounded
    floats: float  # of what is not, scales included
    gathered: bool = False  # whether only rows of it are looked up, so that nothing packs it
    again: bool = False  # whether it lies in the file already, and only its packed form is new


class Graphs:
    """The graphs of one deployment."""

    def __init__(self, serving: Serving) -> None:
        self.serving, self.model = serving, serving.model
        self.precision = serving.deploy.precision
        self.keep = frozenset(getattr(self.precision, "keep", ()))

    @property
    def wide(self) -> int:
        """Bytes of a number that is not rounded."""
        name = self.precision.name
        half = name in ("fp16", "bf16") or (name != "fp32" and not self.serving.device.is_cpu)
        return 2 if half else 4

    @property
    def activations(self) -> str:
        """How activations are rounded; `none` where only weights are, or nothing."""
        return getattr(getattr(self.precision, "activations", None), "name", "none")

    def rounded(self, part: str) -> float | None:
        """Bytes of a rounded number of a part of the model, or None where it is not rounded."""
        kept = self.keep & ({"embedding", "output"} if part == "output" else {part})
        if kept or part == "norm" or not getattr(self.precision, "weights", True):
            return None
        return {"int8": 1.0, "int4": 0.5}.get(self.precision.name)

    def file(self, side: str, of_source: bool = False) -> str:
        """The graph of a side of the model, or of what the decoder reads of the source."""
        return ENCODER if side == "encoder" or of_source else DECODER

    # ------------------------------------------------------------------------------------------- numbers

    def held(self) -> Iterator[Held]:
        """What the graphs hold, by operation."""
        for block in self.serving.graph.blocks:
            for node in block.nodes:
                if node.op.name in ("embedding", "output"):
                    yield from self._table(node)
                else:
                    yield from self._learnt(block, node)
        yield from self._constants()

    def _learnt(self, block: GraphBlock, node: Node) -> Iterator[Held]:
        side = block.name.split(".")[0]
        if side not in ("encoder", "decoder"):  # positions, and the norm before the output
            side = "encoder" if node.stream == SOURCE else "decoder"
        for of_source in (False, True):
            integers = floats = 0.0
            for item in node.parameters:
                if item.name.startswith("cross.kv.") == of_source:
                    ints, wide = self._stored(node, item)
                    integers, floats = integers + block.count * ints, floats + block.count * wide
            if integers or floats:
                file = self.file(side, of_source)
                yield Held(file, said(node), node.origin.span, integers, floats)  # type: ignore[arg-type]

    def _stored(self, node: Node, item: Parameter) -> tuple[float, float]:
        """Bytes of integers and of floats: a matrix that is rounded has a scale for each of its outputs."""
        part = part_of(node)  # type: ignore[arg-type]
        each = None if part == "position" or "bias" in item.name else self.rounded(part)
        if each is None or len(item.shape) < 2:
            return 0.0, item.count * self.wide
        # (outputs, inputs); what each language has its own of is (languages, inputs, outputs).
        *several, _, outputs = item.shape if len(item.shape) == 3 else (item.shape[1], item.shape[0])
        scales = prod(several) * outputs
        if each < 1:
            scales = item.count / self.precision.block
        return item.count * each, scales * self.wide

    def _table(self, node: Node) -> Iterator[Held]:
        """The rows that there are tokens for; a tied one lies once in the graph of the decoder."""
        model, is_output = self.model, node.op.name == "output"
        if is_output and not self.serving.says_tokens:
            return
        file = self.file("encoder" if node.stream == SOURCE else "decoder")
        numbers = model.vocab * model.width
        each = self.rounded("output" if is_output else "embedding")
        again = is_output and model.tied and each == self.rounded("embedding")
        scales = model.vocab if each == 1 else numbers / getattr(self.precision, "block", 1)
        integers, floats = (
            (0.0, numbers * self.wide) if each is None else (numbers * each, scales * self.wide)
        )
        what = "table of the output" if is_output else said(node)  # type: ignore[arg-type]
        # One product reads a table of integers as it is looked up; floats are turned for it.
        if not (again and integers):
            last = file == self.file(model.sides[-1].kind)
            shared = bool(integers) and model.tied and last and self.serving.says_tokens
            yield Held(file, what, node.origin.span, integers, floats, not is_output and not shared, again)

    def _constants(self) -> Iterator[Held]:
        """Angles or waves of every position, in each graph; and what the graph itself is written in."""
        model = self.model
        for side in model.sides:
            file, span = self.file(side.kind), side.span_of("position")
            name = side.position.name
            numbers = {"rope": side.head_width, "sinusoidal": model.width}.get(name, 0) * model.context
            if numbers:
                yield Held(file, f"positions ({name})", span, 0.0, numbers * self.wide, gathered=True)
            if side.kind == "encoder" or not self.serving.has_encoder:
                yield Held(file, "places", span, 0.0, INT64 * model.context, gathered=True)

    # --------------------------------------------------------------------------------------------- nodes

    def nodes(self, side: str) -> int:
        """Nodes of the graph of a side."""
        found = (EMBEDDING if self.rounded("embedding") else 1) + HEAD
        for block in self.serving.graph.blocks:
            if block.name.split(".")[0] == side:
                found += block.count * sum(self._nodes(node, side) for node in block.nodes)
            if block.name.split(".")[0] == "decoder" and side == "encoder":
                # Keys and values of the source: a product, a shape, an order, a split.
                found += block.count * (self._product("attention") + 3)
        if side == "decoder" or (self.serving.says_tokens and not self.serving.generates):
            found += self._product("output") + 1
        return found

    def _product(self, part: str) -> int:
        if not self.rounded(part):
            return 1
        return PROJECTION.get(self.activations, PROJECTION_STATIC)

    def _nodes(self, node: Node, side: str) -> int:
        """Nodes of one operation."""
        if node.op.family not in ("attention", "ffn", "adapter"):
            return int(node.name != "rotation")  # which is part of attention
        projections: tuple[Any, ...] = node.op.projections(node.shape)
        if node.name == "cross":
            projections = tuple(one for one in projections if one.name != "kv")
        own = {
            "cross": CROSS,
            "attention": KEPT_ATTENTION if side == "decoder" else ATTENTION,
            "ffn": GATED if any(one.name == "gate_up" for one in projections) else PLAIN,
        }.get(node.name, PLAIN)
        bias = len(projections) if node.shape.bias else 0
        return own + bias + len(projections) * self._product(part_of(node))  # type: ignore[arg-type]
