"""What every operation of a model declares, so that it can be counted, priced and generated.

The declarations are plain arithmetic over sizes, and no `if` looks at a size: the same formulas take a number, or a
numpy array of numbers to price a million layouts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

from tfc.fields import Variant
from tfc.ops.launched import Call, Kernel

Amount = Any  # an int, or a numpy array of ints

CPU = "cpu"
FP32 = 4  # bytes of an element
INT64 = 8


def least(one: Amount, other: Amount) -> Amount:
    """The smaller of two whole numbers, or of each pair of two arrays."""
    return (one + other - abs(one - other)) // 2


def most(one: Amount, other: Amount) -> Amount:
    """The larger of two whole numbers, or of each pair of two arrays."""
    return (one + other + abs(one - other)) // 2


@dataclass(frozen=True)
class Sizes:
    """What an operation is applied to. `batch`, `length` and `reads` may be numpy arrays."""

    batch: Amount  # sequences
    length: Amount  # tokens of each, padding included
    reads: Amount  # tokens of each sequence that is read: `length`, but the source's in cross-attention
    causal: bool  # whether a token reads only itself and what is before it
    cross: bool  # whether it reads another sequence
    width: int
    heads: int
    kv_heads: int
    head_width: int
    rows: int  # of the table: the vocabulary, padded
    context: int
    bias: bool
    languages: int  # that are written, and so may have adapters of their own
    element: int  # bytes of a number in the forward pass
    master: int  # bytes of a number of a parameter
    device: str  # "cpu" or "cuda": their kernels save different things
    fused: bool = False  # whether the steps between products are compiled: one kernel each

    @property
    def tokens(self) -> Amount:
        return self.batch * self.length

    @property
    def casts(self) -> bool:
        """Whether weights are copied to the type that is computed in."""
        return self.element != self.master


@dataclass(frozen=True)
class Parameter:
    """A parameter, named as in the module that is generated for its operation."""

    name: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Product:
    """`count` matrix products of (m, k) by (k, n) in the forward pass."""

    m: Amount
    n: Amount
    k: Amount
    count: Amount = 1

    @property
    def flops(self) -> Amount:
        return 2 * self.m * self.n * self.k * self.count


@dataclass(frozen=True)
class Saved:
    """A tensor that is kept for the backward pass. Operations that name the same tensor share it.

    A name is one of the operation's edges, such as `in`, or its own. `place` says what a layout does with the tensor: a
    `stream` runs between layers, what is `inner` is divided by tensor parallelism, a `copy` is of a weight, and what is
    `shared` is made once for all layers.
    """

    name: str
    elements: Amount
    bytes_each: int
    place: str = "inner"

    @property
    def size(self) -> Amount:
        return self.elements * self.bytes_each


@dataclass(frozen=True)
class Projection:
    """A matrix that takes `inputs` numbers of a token to `outputs`."""

    name: str
    inputs: int
    outputs: int
    of_read: bool = False  # whether it is applied to the tokens that are read

    def parameters(self, bias: bool) -> tuple[Parameter, ...]:
        weight = Parameter(f"{self.name}.weight", (self.outputs, self.inputs))
        return (weight, Parameter(f"{self.name}.bias", (self.outputs,))) if bias else (weight,)

    def product(self, sizes: Sizes) -> Product:
        tokens = sizes.batch * (sizes.reads if self.of_read else sizes.length)
        return Product(tokens, self.outputs, self.inputs)

    def copy(self, sizes: Sizes) -> Saved:
        """The weight in the type that is computed in; nothing where that is the parameter's own."""
        return Saved(f"{self.name} copy", self.inputs * self.outputs * sizes.casts, sizes.element, "copy")


class Op(Variant):
    """One operation, or one variant of a family of operations.

    All amounts are of one application in the forward pass of one micro-batch, in FLOPs and bytes.
    """

    module: ClassVar[str] = ""  # the class or function that its template defines
    note: ClassVar[str] = ""  # what the generated model says of it
    lean: ClassVar[bool] = False  # whether its template uses `Lean`, which keeps only a function's inputs

    @property
    def template(self) -> str:
        """Its code in PyTorch, under the folder `templates/`."""
        return f"torch/{self.family}/{self.name}.py.j2"

    @property
    def onnx_template(self) -> str:
        """Its nodes in ONNX, under the folder `templates/`."""
        return f"onnx/{self.family}/{self.name}.py.j2"

    @property
    def function(self) -> str:
        """The function that its ONNX template defines."""
        return f"{self.name}_{self.family}"

    def projections(self, sizes: Sizes) -> tuple[Projection, ...]:
        return ()

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        """What is learnt, by the names of the generated module."""
        return tuple(item for one in self.projections(sizes) for item in one.parameters(sizes.bias))

    def products(self, sizes: Sizes) -> tuple[Product, ...]:
        """The matrix products with parameters; the backward pass does each twice."""
        return tuple(one.product(sizes) for one in self.projections(sizes))

    def executed(self, sizes: Sizes) -> Amount:
        """FLOPs besides `products` that the reference path does, masked or not."""
        return 0

    def useful(self, sizes: Sizes) -> Amount:
        """FLOPs besides `products` that the result depends on."""
        return self.executed(sizes)

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """The tensors that are kept for the backward pass."""
        return ()

    def copies(self, sizes: Sizes) -> tuple[Saved, ...]:
        """The copies of weights that are kept with them."""
        return tuple(one.copy(sizes) for one in self.projections(sizes))

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        """The most bytes that exist only inside the operation, in the forward and in the backward pass."""
        return 0, 0

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        """What the host calls in both passes."""
        return ()

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        """What the device runs in both passes besides products and attention."""
        return ()

    def made_once(self, sizes: Sizes) -> Amount:
        """Small kernels of what all layers of a side share, such as a mask: not of each application, but of a pass."""
        return 0

    def traffic(self, sizes: Sizes) -> Amount:
        """Bytes that the forward pass reads and writes outside matrix products and attention."""
        return sum(one.size * one.count for one in self.kernels(sizes) if not one.backward)
