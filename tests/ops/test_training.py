"""Every variant learns; recomputing and compiling change nothing; all layouts begin alike."""

from __future__ import annotations

import sys

import pytest
import torch

from tests.ops.generated import batch, module, run, shaken, transformer
from tests.ops.matrix import MODELS, each_model, example
from tests.ops.models import model as tiny
from tfc.spec.model import Model


@each_model
def test_the_loss_falls(model: Model) -> None:
    torch.manual_seed(0)
    net = transformer(model)
    given = batch(model)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        loss = net(*given)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.8 * losses[0]
    silent = [name for name, item in net.named_parameters() if item.grad is None or not item.grad.any()]
    assert silent == [], "each parameter has a gradient"


def gradients(net: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    net.zero_grad()
    net(*given).backward()
    return {name: item.grad.clone() for name, item in net.named_parameters()}


@pytest.mark.parametrize("name", [name for name in MODELS if "everything" in name or "patterns" in name])
def test_recomputing_gives_the_same_gradients_and_keeps_less(name: str) -> None:
    """With dropout too: the same numbers are dropped again."""
    from tests.ops.test_saved import keeping

    model, given = MODELS[name], batch(MODELS[name])
    plain, again = transformer(model), transformer(model, (run(recompute="full"),))
    with keeping(plain) as kept:
        plain(*given)
    with keeping(again) as kept_again:
        again(*given)
    assert sum(kept_again.values()) < 0.3 * sum(kept.values())
    assert_same(again, plain, model, rtol=0, atol=1e-7)


def test_one_file_serves_runs_that_recompute_and_runs_that_do_not() -> None:
    model = tiny("decoder")
    both = (run(recompute="full"), run())
    net = module(model, trains=both).Transformer
    made = module(model, trains=both)
    first, second = net(made.TINY), net(made.TINY, recompute=True)
    for each in (first, second):
        each.initialise(0)
    assert first.recompute is False
    assert_same(first, second, model, rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", [name for name in MODELS if "everything" in name or "patterns" in name])
def test_code_that_is_to_be_compiled_computes_the_same(name: str) -> None:
    """It leaves to the compiler what is kept, and has no functions of its own for that."""
    model = MODELS[name]
    assert_same(transformer(model, (run(compile="blocks"),)), transformer(model), model, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in MODELS if "everything" in name or "patterns" in name])
def test_functions_that_are_to_be_fused_compute_the_same(name: str) -> None:
    """Their gradients are written out, and are those that autograd finds."""
    model = MODELS[name]
    fused, plain = (transformer(model, (run(compile=how),), double=True) for how in ("functions", "none"))
    assert_same(fused, plain, model, rtol=1e-9, atol=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("ffn", ["swiglu", "geglu"])
def test_functions_compile_whole(ffn: str) -> None:
    """As on a GPU, but for the kernels: without a break, and with one graph for several lengths."""
    model = tiny(norm=example("norm", "rms"), ffn=(example("ffn", ffn),))
    eager, compiled = (transformer(model, (run(compile="functions"),)) for _ in range(2))
    code = sys.modules[type(compiled).__module__]
    names = (
        "rms_norm",
        "rms_norm_backward",
        ffn,
        f"{ffn}_backward",
        "cross_entropy",
        "cross_entropy_backward_",
    )
    plain = {name: getattr(code, name) for name in names}
    try:
        for name, function in plain.items():
            setattr(code, name, torch.compile(function, fullgraph=True, backend="aot_eager"))
        assert_same(compiled, transformer(model), model, rtol=1e-4, atol=1e-5)
    finally:
        for name, function in plain.items():
            setattr(code, name, function)
    assert_same(eager, transformer(model), model, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_blocks_compile_whole() -> None:
    model = tiny(
        norm=example("norm", "rms"),
        ffn=(example("ffn", "swiglu"),),
        attention=(example("attention", "sliding"),),
    )
    eager, compiled = (transformer(model, (run(compile="blocks"),)) for _ in range(2))
    for block in compiled.blocks():
        block.compile(fullgraph=True, backend="aot_eager")
    assert_same(compiled, eager, model, rtol=1e-4, atol=1e-5)


@each_model
def test_first_values_do_not_depend_on_where_a_parameter_is(model: Model) -> None:
    """Each has a generator of its own: on the meta device first, in any order, in parts."""
    with torch.device("meta"):
        far = transformer_of(model)
    far.to_empty(device="cpu")
    far.initialise(7)
    near = transformer_of(model)
    near.initialise(7)
    placed: dict[int, torch.Tensor] = {}
    near.initialise(7, place=lambda parameter, values: placed.update({id(parameter): values}))
    for (name, one), (_, other) in zip(far.named_parameters(), near.named_parameters(), strict=True):
        assert torch.equal(one, other) and torch.equal(placed[id(other)], other), name
    near.initialise(8)
    assert any(
        not torch.equal(one, other) for one, other in zip(far.parameters(), near.parameters(), strict=True)
    )
    assert far.state_dict().keys() == {name for name, _ in far.named_parameters()}


def assert_same(one: torch.nn.Module, other: torch.nn.Module, model: Model, **how: float) -> None:
    """Both have the same parameters, and the same gradients."""
    given = batch(model)
    found, expected = gradients(one, given), gradients(other, given)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], **how)


def transformer_of(model: Model) -> torch.nn.Module:
    made = module(model)
    return made.Transformer(made.TINY)


def test_two_models_of_different_parts_are_both_right() -> None:
    """In one file each does what it does in a file of its own, and has the same parameters."""
    large = tiny(
        label="large",
        norm=example("norm", "rms"),
        ffn=(example("ffn", "swiglu"),),
        tied=True,
        scaled=True,
        kv_heads=2,
        dropout=0.1,
        attention=(example("attention", "sliding"), example("attention", "full")),
    )
    small = tiny(
        label="small",
        position=example("position", "learned"),
        bias=True,
        layers=1,
        vocab=128,
        norm=example("norm", "layer", place="after"),
        adapters=example("adapter", "bottleneck"),
    )
    lone = tiny(
        "decoder",
        label="lone",
        position=example("position", "sinusoidal"),
        attention=(example("attention", "sliding"),),
    )
    seen = tiny("encoder", label="seen", ffn=(example("ffn", "relu"), example("ffn", "geglu")), bias=True)
    for group in ((large, small), (lone, seen), (large, small, lone, seen), (small, lone), (seen, large)):
        together = module(*group)
        for model in group:
            shared = together.Transformer(getattr(together, model.label.upper()))
            alone = module(model).Transformer(getattr(module(model), model.label.upper()))
            for net in (shared, alone):
                net.initialise(0)
                shaken(net)
            assert_same(shared, alone, model, rtol=1e-4, atol=1e-5)
