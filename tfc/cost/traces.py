"""What the generated model does, on a tape: each operation as its template does it, with the sizes of its tensors.

The names are those of the templates. What a kernel of the GPU takes inside is written beside it with its source; where
an operation has no trace of its own, what it declares (`saves`, `temporaries`) stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount
from tfc.cost.tape import Gradients, Label, Leaf, Storage, Tape, Tensor
from tfc.ops.base import FP32, Sizes, least, most

if TYPE_CHECKING:
    from tfc.graph.graph import Node

BOOL, SCALAR = 1, 4
# The variants that have a trace; of any other what it declares is reckoned with, moment by moment.
TRACED = {
    "attention": ("full", "sliding"),
    "ffn": ("swiglu", "geglu", "gelu", "relu"),
    "norm": ("layer", "rms"),
    "position": ("none", "learned", "rope", "sinusoidal"),
    "adapter": ("none", "bottleneck"),
}


@dataclass
class Trace:
    """How a model is run on a tape: the parts of each kind of tensor that a rank has, and how gradients are called."""

    tape: Tape
    parts: Mapping[str, Amount]
    gradient: Label
    learns: bool = True  # whether parameters that are no adapter's change
    half: bool = (
        False  # whether it computes in fp16, whose logarithms PyTorch's kernel makes in fp32 by itself
    )
    accumulates: bool = False  # whether gradients are there already
    frozen: bool = False  # whether nothing is learnt, nor dropped: of a teacher
    tables: dict[str, Leaf | None] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)  # of a step, with its gradients

    def size(self, elements: Amount, each: Amount, place: str = "inner") -> Amount:
        return elements * each * self.parts[place]

    def leaf(self, node: Node) -> Leaf | None:
        """A parameter of a node; None where it is not learnt."""
        if self.frozen or (not self.learns and node.op.family != "adapter"):
            return None
        self.leaves.append(Leaf(self.gradient, self.accumulates))
        return self.leaves[-1]

    # -------------------------------------------------------------------------------- functions of torch

    def cast(self, node: Node, count: Amount, sizes: Sizes, leaf: Leaf | None = None) -> Tensor:
        """A parameter in the type that is computed in: a copy, whose gradient is one in fp32 again."""
        given = Tensor(None, leaf or self.leaf(node))
        if not sizes.casts:
            return given
        whole = self.size(count, sizes.master, "copy")
        return self.tape.apply(
            [given], [self.size(count, sizes.element, "copy")], lambda g, kept: [self.tape.new(whole)]
        )[0]

    def linear(
        self,
        node: Node,
        x: Tensor,
        tokens: Amount,
        inputs: int,
        outputs: int,
        sizes: Sizes,
        place: tuple[str, str],
    ) -> Tensor:
        """`Linear`: a product with a cast weight; `place` of what goes in and of what comes out."""
        weight = self.cast(node, inputs * outputs, sizes)
        bias = self.cast(node, outputs, sizes) if sizes.bias else None
        of_input = self.size(tokens * inputs, sizes.element, place[0])
        of_weight = self.size(inputs * outputs, sizes.element, "copy")
        of_bias = self.size(outputs, sizes.element, "copy")
        wants = x.made is not None, weight.made is not None, bias is not None and bias.made is not None

        def backward(gradients: Gradients, kept: Sequence[Storage]) -> list[Storage | None]:
            new = self.tape.new
            return [
                new(of_input) if wants[0] else None,
                new(of_weight) if wants[1] else None,
                new(of_bias) if wants[2] else None,
            ]

        saves = [x] * wants[1] + [weight] * wants[0]
        made = self.size(tokens * outputs, sizes.element, place[1])
        return self.tape.apply([x, weight, bias], [made], backward, saves)[0]

    def pointwise(self, x: Tensor, result: Amount, backward: Amount, keeps_result: bool = False) -> Tensor:
        """A function of each number that keeps what goes in, or what comes out."""
        saves, keeps = ([], [0]) if keeps_result else ([x], [])
        return self.tape.apply([x], [result], lambda g, kept: [self.tape.new(backward)], saves, keeps)[0]

    def dropout(self, x: Tensor, size: Amount, elements: Amount) -> Tensor:
        """`native_dropout` of a GPU keeps a byte a number."""
        mask = self.size(elements, BOOL, "stream")
        return self.tape.apply([x], [size, mask], lambda g, kept: [self.tape.new(size)], keeps=[1])[0]

    def add(self, x: Tensor, y: Tensor, size: Amount) -> Tensor:
        return self.tape.apply([x, y], [size], lambda g, kept: [g[0], g[0]])[0]

    # ----------------------------------------------------------------------------------- norm and residual

    def norm(self, node: Node, x: Tensor, sizes: Sizes) -> Tensor:
        """Layer norm keeps its statistics; RMS norm its input alone, and makes the rest again."""
        tape, affine = self.tape, bool(node.parameters)
        stream = self.size(sizes.tokens * sizes.width, sizes.element, "stream")
        row = self.size(sizes.tokens, FP32, "stream")
        width = self.size(sizes.width, sizes.element, "copy")
        if node.op.name == "layer":
            weight = self.cast(node, sizes.width, sizes) if affine else None
            bias = self.cast(node, sizes.width, sizes) if affine and sizes.bias else None
            saves = [one for one in (x, weight, bias) if one is not None]
            others = len(saves) - 1

            def gradients(g: Gradients, kept: Sequence[Storage]) -> list[Storage | None]:
                return [tape.new(stream), *(tape.new(width) for _ in range(others))]

            return tape.apply([x, weight, bias], [stream, row, row], gradients, saves, keeps=[1, 2])[0]
        leaf = Tensor(None, self.leaf(node)) if affine else None
        whole = self.size(sizes.width, sizes.master, "copy")
        # Fused, a scale a row and the sums of blocks of rows; else the copy of the weight, the norm and its scales.
        again = row if sizes.fused and affine else stream + width + row

        def backward(g: Gradients, kept: Sequence[Storage]) -> list[Storage | None]:
            made = tape.new(again)
            found = [tape.new(stream), tape.new(whole) if affine else None]
            del made
            return found

        return tape.apply([x, leaf], [stream], backward, [x], inside=row)[0]

    def residual(self, node: Node, x: Tensor, y: Tensor, sizes: Sizes) -> Tensor:
        elements = sizes.tokens * sizes.width
        size = self.size(elements, sizes.element, "stream")
        if node.op.rate and not self.frozen:  # type: ignore[attr-defined]
            y = self.dropout(y, size, elements)
        return self.add(x, y, size)

    # ------------------------------------------------------------------------------------------ attention

    def self_attention(
        self, node: Node, x: Tensor, sizes: Sizes, angles: Sequence[Tensor], mask: Tensor | None
    ) -> Tensor:
        heads, keys = sizes.heads * sizes.head_width, sizes.kv_heads * sizes.head_width
        both = heads + 2 * keys
        qkv = self.linear(node, x, sizes.tokens, sizes.width, both, sizes, ("stream", "inner"))
        whole = self.size(sizes.tokens * both, sizes.element)
        swapped = self.size(sizes.tokens * (heads + keys), sizes.element)
        shared = [qkv.storage] * 3
        if angles:

            def turned(g: Gradients, kept: Sequence[Storage]) -> list[Storage | None]:
                made = self.tape.new(whole)
                self.tape.new(swapped)
                return [made]

            q, k, v = self.tape.apply([qkv], shared, turned, angles, inside=swapped)  # type: ignore[arg-type]
        else:
            q, k, v = self.tape.apply([qkv], shared, lambda g, kept: [self.tape.new(whole)])  # type: ignore[arg-type]
        return self.attend(node, q, k, v, sizes, mask)

    def cross_attention(
        self, node: Node, x: Tensor, source: tuple[Tensor, Tensor], sizes: Sizes, mask: Tensor | None
    ) -> Tensor:
        heads = sizes.heads * sizes.head_width
        q = self.linear(node, x, sizes.tokens, sizes.width, heads, sizes, ("stream", "inner"))
        return self.attend(node, q, *source, sizes, mask)

    def read(self, node: Node, memory: Tensor, sizes: Sizes) -> tuple[Tensor, Tensor]:
        """Keys and values of the source; the encoder's output is whole on each rank."""
        keys, tokens = 2 * sizes.kv_heads * sizes.head_width, sizes.batch * sizes.reads
        kv = self.linear(node, memory, tokens, sizes.width, keys, sizes, ("stream", "inner"))
        whole = self.size(tokens * keys, sizes.element)
        k, v = self.tape.apply([kv], [kv.storage] * 2, lambda g, kept: [self.tape.new(whole)])  # type: ignore[arg-type,list-item]
        return k, v

    def widen(self, x: Tensor, narrow: Amount, wide: Amount) -> Tensor:
        return self.tape.apply([x], [wide], lambda g, kept: [self.tape.new(narrow)])[0]

    def attend(
        self, node: Node, q: Tensor, k: Tensor, v: Tensor, sizes: Sizes, mask: Tensor | None
    ) -> Tensor:
        """The fused kernel, and the projection of what was read."""
        heads, keys = sizes.heads * sizes.head_width, sizes.kv_heads * sizes.head_width
        read = sizes.batch * sizes.reads
        of_queries, of_keys = (
            self.size(sizes.tokens * heads, sizes.element),
            self.size(read * keys, sizes.element),
        )
        op: Any = node.op
        if op.masked(sizes) and sizes.kv_heads != sizes.heads:
            wide = self.size(read * heads, sizes.element)
            k, v = self.widen(k, of_keys, wide), self.widen(v, of_keys, wide)
            of_keys = wide
        inside = self.size(sizes.tokens * heads, FP32)  # the sum of the queries' gradients

        def backward(g: Gradients, kept: Sequence[Storage]) -> list[Storage | None]:
            new = self.tape.new
            found: list[Storage | None] = [new(of_queries), new(of_keys), new(of_keys)]
            new(inside)
            return found

        results = [of_queries, self.size(sizes.batch * sizes.heads * op.sums(sizes), FP32), SCALAR, SCALAR]
        saves = [q, k, v, *([mask] if mask is not None else [])]
        y = self.tape.apply([q, k, v], results, backward, saves, keeps=[0, 1, 2, 3])[0]
        del q, k, v
        return self.linear(node, y, sizes.tokens, heads, sizes.width, sizes, ("inner", "stream"))

    # --------------------------------------------------------------------------------------- feed-forward

    def ffn(self, node: Node, x: Tensor, sizes: Sizes) -> Tensor:
        op: Any = node.op
        gated = len(op.saves(sizes)) and op.name in ("swiglu", "geglu")
        hidden = self.size(sizes.tokens * op.hidden, sizes.element)
        up = self.linear(
            node, x, sizes.tokens, sizes.width, op.hidden * (1 + gated), sizes, ("stream", "inner")
        )
        if gated:
            active = self.gate(up, hidden, sizes.fused)
        else:
            active = self.pointwise(up, hidden, hidden, keeps_result=op.name == "relu")
        del up
        return self.linear(node, active, sizes.tokens, op.hidden, sizes.width, sizes, ("inner", "stream"))

    def gate(self, up: Tensor, hidden: Amount, fused: bool) -> Tensor:
        """A function of the gate times the rest: one kernel, or PyTorch's steps, made again in the backward pass."""
        new = self.tape.new
        if fused:
            return self.pointwise(up, hidden, 2 * hidden)

        def backward(g: Gradients, kept: Sequence[Storage]) -> list[Storage | None]:
            function, product = new(hidden), new(hidden)
            of_function, of_rest = new(hidden), new(hidden)
            del function
            of_gate = new(hidden)
            del of_function
            both = new(2 * hidden)
            del of_gate, of_rest, product
            return [both]

        function = new(hidden)
        made = self.tape.apply([up], [hidden], backward, [up])[0]
        del function
        return made

    def adapter(self, node: Node, x: Tensor, y: Tensor, sizes: Sizes, language: Tensor) -> Tensor:
        """An adapter, of the normed stream: down, ReLU, up, and added."""
        op: Any = node.op
        stream = self.size(sizes.tokens * sizes.width, sizes.element, "stream")
        narrow = self.size(sizes.tokens * op.rank, sizes.element)
        if op.per == "language":
            y = self.of_language(node, y, sizes.width, op.rank, sizes, language)
        else:
            y = self.linear(node, y, sizes.tokens, sizes.width, op.rank, sizes, ("stream", "inner"))
        y = self.pointwise(y, narrow, narrow, keeps_result=True)
        if op.per == "language":
            y = self.of_language(node, y, op.rank, sizes.width, sizes, language)
        else:
            y = self.linear(node, y, sizes.tokens, op.rank, sizes.width, sizes, ("inner", "stream"))
        return self.add(x, y, stream)

    def of_language(
        self, node: Node, x: Tensor, inputs: int, outputs: int, sizes: Sizes, language: Tensor
    ) -> Tensor:
        """A product with the matrix of each sequence's language, and its bias."""
        weight = self.chosen(node, inputs * outputs, sizes, language)
        of_input = self.size(sizes.tokens * inputs, sizes.element, "stream")
        of_weight = self.size(sizes.batch * inputs * outputs, sizes.element, "copy")
        made = self.size(sizes.tokens * outputs, sizes.element)
        wants = x.made is not None

        def backward(gradients: Gradients, kept: Sequence[Storage]) -> list[Storage | None]:
            return [self.tape.new(of_input) if wants else None, self.tape.new(of_weight)]

        y = self.tape.apply([x, weight], [made], backward, [x, weight])[0]
        del weight
        if not sizes.bias:
            return y
        of_bias = self.size(sizes.batch * outputs, sizes.element, "copy")
        bias = self.chosen(node, outputs, sizes, language)
        return self.tape.apply([y, bias], [made], lambda g, kept: [g[0], self.tape.new(of_bias)])[0]

    def chosen(self, node: Node, count: Amount, sizes: Sizes, language: Tensor) -> Tensor:
        """A parameter of each sequence's language, in the type that is computed in."""
        whole = self.size(sizes.languages * count, FP32, "copy")
        each = self.size(sizes.batch * count, sizes.master, "copy")
        given = Tensor(None, self.leaf(node))
        found = self.tape.apply([given], [each], lambda g, kept: [self.tape.new(whole)], [language])[0]
        if not sizes.casts:
            return found
        small = self.size(sizes.batch * count, sizes.element, "copy")
        return self.tape.apply([found], [small], lambda g, kept: [self.tape.new(each)])[0]

    # ------------------------------------------------------------------------------------------- the ends

    def embedding(
        self, node: Node, place: Node | None, ids: Tensor, sizes: Sizes, table: Leaf | None
    ) -> Tensor:
        """Rows of the table, positions, the cast, dropout."""
        op: Any = node.op
        elements = sizes.tokens * sizes.width
        rows, size = self.size(elements, sizes.master, "stream"), self.size(elements, sizes.element, "stream")
        whole = self.size(sizes.rows * sizes.width, FP32, "copy")
        x = self.tape.apply([Tensor(None, table)], [rows], lambda g, kept: [self.tape.new(whole)], [ids])[0]
        if op.scaled:
            x = self.tape.apply([x], [rows], lambda g, kept: [self.tape.new(rows)])[0]
        if place is not None:
            x = self.position(place, x, rows, sizes)
        if sizes.casts:
            x = self.tape.apply([x], [size], lambda g, kept: [self.tape.new(rows)])[0]
        return self.dropout(x, size, elements) if op.rate and not self.frozen else x

    def position(self, node: Node, x: Tensor, rows: Amount, sizes: Sizes) -> Tensor:
        width = self.size(sizes.length * sizes.width, FP32, "stream")
        if node.op.name == "sinusoidal":
            made = self.tape.new(width)
            found = self.tape.apply([x], [rows], lambda g, kept: [g[0]])[0]
            del made
            return found
        part, whole = width, self.size(sizes.context * sizes.width, FP32, "copy")
        given = Tensor(None, self.leaf(node))
        chosen = self.tape.apply([given], [SCALAR], lambda g, kept: [self.tape.new(whole)])[0]
        return self.tape.apply([x, chosen], [rows], lambda g, kept: [g[0], self.tape.new(part)])[0]

    def loss(self, node: Node, x: Tensor, sizes: Sizes, table: Leaf | None) -> Tensor:
        """`ChunkedLoss`: gradients are made in the forward pass, chunk by chunk."""
        from tfc.ops.output import chunk

        tape, new = self.tape, self.tape.new
        weight = new(self.size(sizes.rows * sizes.width, sizes.element, "copy")) if sizes.casts else None
        learns = not self.frozen
        stream = new(self.size(sizes.tokens * sizes.width * learns, sizes.element, "stream"))
        of_table = new(self.size(sizes.rows * sizes.width * learns, FP32, "copy"))
        each = least(chunk(sizes.rows, sizes.fused), sizes.tokens)
        chunks = 1 if hasattr(each, "shape") else most(1, min(2, -(-sizes.tokens // each)))
        for _ in range(chunks):
            self._chunk(each, sizes)
        del weight
        made = tape.apply(
            [x, Tensor(None, table)],
            [SCALAR],
            lambda g, kept: list(kept),
            [Tensor(stream), Tensor(of_table)],
        )
        return made[0]

    def _chunk(self, each: Amount, sizes: Sizes) -> None:
        new = self.tape.new
        self.tape.label = self.tape.label._replace(category="logits")
        rows, all_logits = self.size(each, 1, "stream"), each * sizes.rows
        held = [
            new(rows),
            new(8 * rows),
            new(self.size(all_logits, sizes.element)),
        ]  # what counts, labels, logits
        if sizes.fused:
            held += [new(FP32 * rows), new(FP32 * rows)]  # the score and the sums of exponentials
        else:
            copy = new(self.size(all_logits, FP32)) if sizes.casts and not self.half else None
            held.append(new(self.size(all_logits, FP32)))
            del copy
            held.append(new(FP32 * rows))
            if sizes.casts and not self.frozen:
                held.append(new(self.size(all_logits, sizes.element)))
        if not self.frozen:
            held.append(new(self.size(sizes.rows * sizes.width, sizes.element, "copy")))  # the table's part
        held.clear()
        self.tape.label = self.tape.label._replace(category="temporaries")
