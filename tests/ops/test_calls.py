"""What an operation says that the host calls is what PyTorch's profiler sees the generated model call."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from tests.ops.generated import LANGUAGES, batch, run, transformer
from tests.ops.matrix import MODELS
from tfc.graph.build import build
from tfc.ops.launched import ATTENTION, CAST, DROPOUT, FUNCTION, FUSED, LOOKUP, NORM, PARAMETER, PRODUCT
from tfc.spec.model import Model

SIZES = (3, 7, 5)  # sequences, and tokens of source and target
FUNCTIONS = ("Lean", "Rotate", "ChunkedLoss", "ScaleByRms", "SwishGate", "GeluGate")
# Which events of the profiler each kind makes, in the pass where autograd follows it.
EVENTS = {
    ATTENTION: ("aten::scaled_dot_product_attention",),
    NORM: ("aten::layer_norm",),
    DROPOUT: ("aten::dropout",),
    FUNCTION: FUNCTIONS,
}


def declared(model: Model, fused: bool) -> tuple[Counter[str], Counter[str]]:
    """Calls of one step by kind: forward, and backward by the engine."""
    how = {"element": 2, "master": 4, "device": "cpu", "fused": fused}
    sized = build(model, len(LANGUAGES)).at(*SIZES, **how)
    forward, backward = Counter(), Counter()
    for block in sized.blocks:
        for node in block.nodes:
            for one in node.calls:
                forward[one.kind] += block.count * int(one.forward)
                backward[one.kind] += block.count * int(one.backward)
    return forward, backward


def seen(model: Model, fused: bool) -> tuple[Counter[str], Counter[str]]:
    """Events of one step by name, forward and backward."""
    trains = (run(compile="functions"),) if fused else ()
    net = transformer(model, trains, compute=torch.bfloat16)
    inputs = batch(model, *SIZES)
    with profile(activities=[ProfilerActivity.CPU]) as forward:
        loss = net(*inputs)
    with profile(activities=[ProfilerActivity.CPU]) as backward:
        loss.backward()
    return tuple(Counter(event.name for event in one.events() or ()) for one in (forward, backward))  # type: ignore[return-value]


@pytest.mark.parametrize("fused", [False, True], ids=["none", "functions"])
@pytest.mark.parametrize("model", [pytest.param(made, id=name) for name, made in MODELS.items()])
def test_calls_are_those_of_the_generated_model(model: Model, fused: bool):
    (forward, backward), (first, last) = declared(model, fused), seen(model, fused)
    for kind, names in EVENTS.items():
        if kind is FUNCTION:
            assert forward[FUNCTION] + forward[FUSED] - inside_the_loss(fused) == sum(
                first[name] for name in names
            )
        elif (
            kind is not DROPOUT or len({side.dropout for side in model.sides}) == 1
        ):  # else some leave out 0%
            assert forward[kind] == sum(first[name] for name in names), kind
    assert backward[PARAMETER] == last["torch::autograd::AccumulateGrad"]
    assert backward[PRODUCT] == last["MmBackward0"] + last["AddmmBackward0"] + last["BmmBackward0"]
    assert backward[LOOKUP] == last["EmbeddingBackward0"] + last["IndexBackward0"]
    assert backward[CAST] + composite(model, fused) == last["ToCopyBackward0"]


def composite(model: Model, fused: bool) -> int:
    """Copies to fp32 and back that a CPU makes of RMS norm where a GPU has one kernel, each time it is made again."""
    blocks = build(model, len(LANGUAGES)).blocks
    made = (
        block.count
        for block in blocks
        for node in block.nodes
        if node.op.name == "rms" and not (fused and getattr(node.op, "affine", True))
    )
    return 2 * sum(made)


def inside_the_loss(fused: bool) -> int:
    """Fused bodies that the loss calls within a function of its own."""
    return 2 * fused
