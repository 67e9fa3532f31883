"""Spec -> Graph: the operations of a model, in the order in which they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from tfc.graph.graph import SOURCE, TARGET, Graph, GraphBlock, Node
from tfc.ops.attention import Attention
from tfc.ops.base import Op, Sizes
from tfc.ops.embedding import Embedding
from tfc.ops.norm import Norm
from tfc.ops.output import Output
from tfc.ops.residual import Residual
from tfc.spec.match import Match

if TYPE_CHECKING:
    from tfc.spec.data import Data
    from tfc.spec.model import Model, Side
    from tfc.spec.spec import Spec


def build(model: Model, languages: int = 1, length: int | None = None) -> Graph:
    """The graph of a model. `languages` are written, and may have adapters of their own.

    Where a `match length` chooses, `length` tokens choose; without it the branch for the longest does. A model has one
    graph of each kind, however often it is asked for.
    """
    known = vars(model).setdefault("_graphs", {})
    if (languages, length) not in known:
        known[languages, length] = _built(model, languages, length)
    return known[languages, length]


def _built(model: Model, languages: int, length: int | None) -> Graph:
    sides = [_Stack(model, side, languages, length) for side in model.sides]
    blocks = [GraphBlock("embedding", tuple(node for side in sides for node in side.embedding()))]
    for side in sides:
        blocks += side.blocks()
        if side.places_norm_last and side is not sides[-1]:
            blocks.append(GraphBlock(f"{side.name}.norm", (side.last_norm(),)))
    blocks.append(GraphBlock("output", tuple(sides[-1].output())))
    return Graph(model, tuple(blocks))


def written_languages(spec: Spec, model: Model) -> tuple[str, ...]:
    """The languages that a model is trained to write, in the order of its data; none if it is not trained here."""
    for train in (*spec.trains.values(), *spec.distills.values()):
        if spec.model_of(train).label == model.label:
            return targets(spec.data_of(train))
    return ()


def targets(data: Data) -> tuple[str, ...]:
    """The languages that are written: reading files the other way round too adds those that are read."""
    more = data.sources if data.reverse else ()
    return tuple(dict.fromkeys((*data.targets, *more)))


@dataclass(frozen=True)
class _Stack:
    """One side of a model on its way to a graph."""

    model: Model
    side: Side
    languages: int
    length: int | None

    @property
    def name(self) -> str:
        return self.side.kind

    @property
    def alone(self) -> bool:
        return len(self.model.sides) == 1

    @property
    def decodes(self) -> bool:
        return self.name == "decoder"

    @property
    def stream(self) -> str:
        return TARGET if self.decodes else SOURCE

    @property
    def places_norm_last(self) -> bool:
        return self.norm.place == "before"

    @property
    def norm(self) -> Norm:
        return cast(Norm, self.side.norm)

    @property
    def position(self) -> Op:
        return cast(Op, self.side.position)

    @property
    def shape(self) -> Sizes:
        side, model = self.side, self.model
        return Sizes(
            batch=0,
            length=0,
            reads=0,
            causal=self.decodes,
            cross=False,
            width=model.width,
            heads=side.heads,
            kv_heads=side.kv_heads,
            head_width=side.head_width,
            rows=model.rows,
            context=model.context,
            bias=side.bias,
            languages=self.languages,
            element=0,
            master=0,
            device="",
        )

    def node(self, name: str, op: Op, setting: str, output: str, **more: Any) -> Node:
        more = {"shape": self.shape, "prefix": f"{name}.", "stream": self.stream, "reads": self.stream} | more
        holder = self.side if hasattr(self.side, setting) else self.model
        return Node(name=name, op=op, output=output, origin=holder.origin_of(setting), **more)

    # ------------------------------------------------------------------------------------------- the ends

    def embedding(self) -> Iterator[Node]:
        model, own = self.model, "" if self.alone else f"{self.stream}_"
        first = self.side is model.sides[0]
        table = "table" if model.tied else "input_table" if self.alone else f"{own}table"
        op = Embedding(table=table, owns=first or not model.tied, scaled=model.scaled, rate=self.side.dropout)
        rows = f"{self.stream} rows"
        yield self.node(f"{self.stream} embedding", op, "vocab", rows, prefix="")
        inputs = {"in": rows}
        if self.side.position.name not in ("rope", "none"):
            inputs |= {"distances": f"{self.name}.distances"}
            yield self.node(
                f"{self.stream} positions",
                self.position,
                "position",
                f"{self.name}.in",
                inputs=inputs,
                prefix=own,
            )

    def last_norm(self) -> Node:
        name = "norm" if self.alone else f"{self.name}_norm"
        output = "memory" if not self.decodes else f"{self.name}.out"
        return self.node(name, self.norm, "norm", output, inputs={"in": f"{self.name}.stream"})

    def output(self) -> Iterator[Node]:
        model = self.model
        if self.places_norm_last:
            yield self.last_norm()
        table = "table" if model.tied else "output_table"
        op = Output(vocab=model.vocab, table=table, owns=not model.tied)
        yield self.node("output", op, "vocab", "loss", inputs={"in": f"{self.name}.out"}, prefix="")

    # ------------------------------------------------------------------------------------------- the layers

    def blocks(self) -> Iterator[GraphBlock]:
        """The layers, those of equal attention and feed-forward together."""
        alike: dict[tuple[Attention, Op], list[int]] = {}
        for layer in range(self.side.layers):
            attention = cast(Attention, self.side.attention_at(layer, self.length))
            ffn = cast(Op, self.side.ffn_at(layer))
            alike.setdefault((attention, ffn), []).append(layer)
        for index, ((attention, ffn), layers) in enumerate(alike.items(), 1):
            name = self.name if len(alike) == 1 else f"{self.name}.{index}"
            nodes = tuple(self.layer(attention, ffn))
            yield GraphBlock(name, nodes, len(layers), self.name, tuple(layers))

    def layer(self, attention: Attention, ffn: Op) -> Iterator[Node]:
        """The operations of one layer, from the tensor `in` to the tensor `out`."""
        stream = "in"
        for name, half in self.halves(attention, ffn):
            for node in self.around(name, half, stream):
                yield node
                stream = node.output
        if self.side.adapters.name == "none":
            return
        bare = self.norm.replace(affine=False)
        yield self.node("adapter_norm", bare, "adapters", "adapter.in", inputs={"in": stream})
        edges = {"in": "adapter.in", "language": "language"}
        yield self.node("adapter", cast(Op, self.side.adapters), "adapters", "adapted", inputs=edges)

    def halves(self, attention: Attention, ffn: Op) -> Iterator[tuple[str, list[Node]]]:
        """What is added to the stream, in order: the nodes of each branch, the first of which reads the stream."""
        yield "attention", list(self.self_attention(attention))
        if self.decodes and not self.alone:
            yield "cross", [self.cross_attention()]
        yield "ffn", [self.node("ffn", ffn, "ffn", "ffn.branch")]

    def around(self, name: str, half: list[Node], stream: str) -> Iterator[Node]:
        """A branch with its norm and the sum, in the order that `place` says."""
        norm = self.node(f"{name}_norm", self.norm, "norm", f"{name}.in")
        first, *others = half
        if self.places_norm_last:
            yield replace(norm, inputs={"in": stream})
        read = f"{name}.in" if self.places_norm_last else stream
        yield replace(first, inputs={"in": read, **first.inputs})
        yield from others
        summed = f"{name}.sum"
        op = Residual(rate=self.side.dropout)
        yield self.node(f"{name}_residual", op, "dropout" if self.side.dropout else "width", summed)
        if not self.places_norm_last:
            yield replace(norm, inputs={"in": summed}, output=f"{name}.out")

    def self_attention(self, op: Attention) -> Iterator[Node]:
        inputs = {"mask": name} if (name := self.mask_of(op)) else {}
        yield self.node("attention", op, "attention", "attention.branch", inputs=inputs)
        if self.side.position.name == "rope":
            edges = {name: f"{self.name}.{name}" for name in ("cosines", "sines")}
            yield self.node("rotation", self.position, "position", "attention.branch", inputs=edges)

    def cross_attention(self) -> Node:
        cross = self.side.cross
        op = cast(Attention, cross.at(self.length) if isinstance(cross, Match) else cross)
        inputs = {"memory": "memory", "mask": self.mask_of(op, cross=True)}
        shape = replace(self.shape, causal=False, cross=True)
        return self.node("cross", op, "cross", "cross.branch", inputs=inputs, shape=shape, reads=SOURCE)

    def mask_of(self, op: Attention, cross: bool = False) -> str:
        """The name of the mask, if there is one: padding is the same for all who read the source in full."""
        if op.name == "sliding":
            return f"{'cross' if cross else self.name}.window of {getattr(op, 'window', 0)}"
        return "source.mask" if cross or not self.decodes else ""
