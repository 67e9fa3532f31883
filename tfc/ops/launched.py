"""What an operation makes the host call and the device run besides matrix products, counted in the generated code.

A call is of a kind whose time `tfc calibrate` measures (`Profile.call`): so long does Python and the dispatcher take of
it, whatever its tensors are. A kernel takes what its bytes take, and no less than the shortest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tfc.ops.base import Projection, Sizes

Amount = Any  # an int, or a numpy array of ints

# Kinds of calls, as the profile names them.
PRODUCT, BIAS, CAST, POINTWISE = "product", "bias", "cast", "pointwise"
VIEW, FUNCTION, FUSED, ATTENTION = "view", "function", "fused", "attention"
NORM, DROPOUT, LOOKUP, PARAMETER = "norm", "dropout", "lookup", "parameter"
MODULE, CAT, INPLACE = "module", "cat", "inplace"
# A copy from 16 to 32 bits is not vectorised: 49 us where as many bytes take 22 (H200) or 29 (H100), for the matrices
# of Llama-3.2-1B (profiler, 2026-11-22); the other way round it is.
WIDENED = 1.7
# What `torch.autograd.grad` takes inside a backward body, in calls of an own function: a second run of the engine. Of
# `Lean` with a norm inside 74 to 93 us on a CPU, of which the norm and the function are 25 to 31 (EPYC, 2026-11-22,
# benchmarks/host.py).
NESTED = 4.5


@dataclass(frozen=True)
class Kernel:
    """A kernel that is no product: the bytes that it reads and writes, how often it runs, and in which pass."""

    size: Amount
    backward: bool = False
    count: Amount = 1


@dataclass(frozen=True)
class Call:
    """Calls of one kind: in the forward pass, by the engine in the backward pass, and in Python of a backward body."""

    kind: str
    forward: Amount = 1
    backward: Amount = 1
    body: Amount = 0


def both(kind: str, count: Amount = 1) -> Call:
    """Calls that autograd follows."""
    return Call(kind, count, count)


def inside(kind: str, forward: Amount, backward: Amount = 0) -> Call:
    """Calls inside the bodies of an autograd function of our own, which autograd does not follow."""
    return Call(kind, forward, 0, backward)


def nested() -> Call:
    """A second run of the engine inside a backward body."""
    return inside(FUNCTION, 0, NESTED)


def again(kind: str, count: Amount = 1) -> Call:
    """Calls that are made a second time in the backward pass, under autograd."""
    return Call(kind, 0, count, count)


def linear_calls(projections: Iterable[Projection], sizes: Sizes) -> Iterator[Call]:
    """Those of `Linear`: the module, copies of weight and bias, the product, and its gradients."""
    for one in projections:
        learnt = len(one.parameters(sizes.bias))
        yield Call(MODULE)
        yield both(CAST, learnt * sizes.casts)
        yield both(PRODUCT)
        yield both(PARAMETER, learnt)
        if sizes.bias:
            yield both(BIAS)


def linear_kernels(projections: Iterable[Projection], sizes: Sizes) -> Iterator[Kernel]:
    """Those of `Linear` beside its products: copies of weights, and the sum over tokens that is the bias's gradient."""
    for one in projections:
        for learnt in one.parameters(sizes.bias):
            yield from cast_kernels(learnt.count, sizes)
        if sizes.bias:
            tokens = sizes.batch * (sizes.reads if one.of_read else sizes.length)
            yield Kernel(tokens * one.outputs * sizes.element, backward=True)


def cast_kernels(numbers: Amount, sizes: Sizes) -> Iterator[Kernel]:
    """A copy in the type that is computed in, and that of its gradient back."""
    if sizes.casts:
        copied = numbers * (sizes.element + sizes.master)
        yield Kernel(copied)
        yield Kernel(WIDENED * copied, backward=True)
