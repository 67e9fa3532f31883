"""What is declared to be kept for the backward pass is what is kept, byte for byte.

Counted are unique storages, parameters left out: neighbours share tensors, and a sum over operations would be a third
too high. This is the CPU's set; where that of a GPU differs, the declaration says so by `device`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from tests.ops.generated import LANGUAGES, batch, run, transformer
from tests.ops.matrix import each_model
from tfc.graph.build import build
from tfc.graph.sized import SizedGraph
from tfc.spec.model import Model

SIZE, SOURCE, TARGET = 3, 7, 5
COMPUTE = {torch.float32: 4, torch.bfloat16: 2}
each_type = pytest.mark.parametrize("compute", COMPUTE, ids=["fp32", "bf16"])


@contextmanager
def keeping(net: torch.nn.Module) -> Iterator[dict[int, int]]:
    """Bytes by storage of what is kept inside the context, without parameters."""
    parameters = {item.untyped_storage().data_ptr() for item in net.parameters()}
    found: dict[int, int] = {}
    alive: list[torch.Tensor] = []  # so that no storage takes the place of one that was freed

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        alive.append(tensor)
        if storage.data_ptr() not in parameters:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        yield found


def made(model: Model, compute: torch.dtype, compile: str = "none") -> tuple[torch.nn.Module, SizedGraph]:
    net = transformer(model, (run(compile=compile),))
    net.compute = compute
    graph = build(model, len(LANGUAGES))
    return net, graph.at(SIZE, SOURCE, TARGET, COMPUTE[compute], 4, "cpu")


@each_type
@each_model
def test_a_model_keeps_what_its_graph_says(model: Model, compute: torch.dtype) -> None:
    holds(model, *made(model, compute))


@each_model
def test_fused_functions_keep_no_more_and_no_less(model: Model) -> None:
    holds(model, *made(model, torch.bfloat16, "functions"))


def holds(model: Model, net: torch.nn.Module, sized: SizedGraph) -> None:
    """What the generated model keeps is what its graph declares."""
    with keeping(net) as kept:
        net(*batch(model, SIZE, SOURCE, TARGET))
    of_blocks = [item.size for block in sized.blocks for item in block.tensors * block.count]
    declared = of_blocks + [item.size for item in sized.shared]
    assert sorted(kept.values()) == sorted(size for size in declared if size)
    assert sum(kept.values()) == sum(sized.saved.values())


@each_type
@each_model
def test_a_layer_keeps_what_its_block_says(model: Model, compute: torch.dtype) -> None:
    net, sized = made(model, compute)
    seen: list[dict[int, int]] = []

    def watched(forward):
        def run(*inputs):
            with keeping(net) as kept:
                result = forward(*inputs)
            seen.append(kept)
            return result

        return run

    for layer in net.blocks():
        layer.forward = watched(layer.forward)
    net(*batch(model, SIZE, SOURCE, TARGET))
    layers = {
        (block.side, layer): sized.blocks[index]
        for index, block in enumerate(sized.graph.blocks)
        for layer in block.layers
    }
    for kept, (_, block) in zip(seen, sorted(layers.items(), key=_in_order), strict=True):
        declared = [item.size for node in block.nodes for item in node.tensors if item.size]
        assert sorted(kept.values()) == sorted(declared)


def _in_order(item: tuple[tuple[str, int], object]) -> tuple[bool, int]:
    (side, layer), _ = item
    return side == "decoder", layer


def test_a_gpu_keeps_what_its_kernels_do() -> None:
    """Of dropout a byte a number and of layer norm fp32 statistics, as its kernels are written; and no more."""
    from tests.ops.matrix import example
    from tests.ops.models import model

    made = model("decoder", dropout=0.1, norm=example("norm", "layer"))
    cpu, gpu = (build(made).at(2, 0, 8, 2, 4, device).blocks[1].saved for device in ("cpu", "cuda"))
    assert {name: size for name, size in gpu.items() if cpu[name] != size} == {
        "attention_norm.means": 4 * 16,
        "attention_norm.scales": 4 * 16,
        "attention_residual.dropped": 16 * 32,
        "ffn_norm.means": 4 * 16,
        "ffn_norm.scales": 4 * 16,
        "ffn_residual.dropped": 16 * 32,
    }
