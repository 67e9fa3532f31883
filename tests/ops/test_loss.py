"""The chunked loss is the plain one, and its gradients are."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from tests.ops.generated import IGNORE, module, run
from tests.ops.models import model


@pytest.mark.parametrize("compile", ["none", "functions"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("chunk", [1, 4, 7, 100])
@pytest.mark.parametrize("vocab", [90, 128])
def test_chunks_give_the_loss_and_the_gradients_of_the_whole(
    smoothing: float, chunk: int, vocab: int, compile: str
) -> None:
    made = module(model("decoder", vocab=vocab), trains=(run(smoothing=smoothing, compile=compile),))
    config = replace(made.TINY, chunk=chunk)
    draw = torch.Generator().manual_seed(0)
    hidden, table = (
        torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)
        for shape in ((13, 32), (config.rows, 32))
    )
    labels = torch.randint(0, vocab, (13,), generator=draw)
    labels[[2, 9]] = IGNORE
    plain = F.cross_entropy(
        hidden @ table[:vocab].T, labels, ignore_index=IGNORE, reduction="sum", label_smoothing=smoothing
    )
    expected = torch.autograd.grad(0.25 * plain, (hidden, table))
    more = (smoothing,) if smoothing else ()
    loss = made.ChunkedLoss.apply(hidden, table, labels, config, *more, True)
    found = torch.autograd.grad(0.25 * loss, (hidden, table))
    torch.testing.assert_close(loss, plain, rtol=1e-12, atol=0)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    assert not found[1][vocab:].any(), "rows that no token uses learn nothing"


def test_evaluation_is_not_smoothed() -> None:
    from tests.ops.generated import batch, transformer

    made = model("decoder")
    smooth = transformer(made, (run(smoothing=0.3),), smoothing=0.3)
    plain = transformer(made)
    given = batch(made)
    assert smooth(*given).item() != pytest.approx(plain(*given).item())
    assert smooth.eval()(*given).item() == pytest.approx(plain.eval()(*given).item())


def test_the_loss_is_fp32_and_never_all_logits() -> None:
    """A vocabulary of 256 Ki and 512 tokens: all logits in bf16 would be 256 MiB, those of a chunk are 128."""
    made = module(model("decoder", vocab=2**18, context=512, layers=1, width=8, heads=2))
    net = made.Transformer(made.TINY, torch.bfloat16)
    net.initialise(0)
    shapes: list[torch.Size] = []

    class Shapes(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            shapes.extend(
                item.shape for item in (out if isinstance(out, tuple) else (out,)) if hasattr(item, "shape")
            )
            return out

    tokens = torch.randint(0, 2**18, (1, 512))
    with torch.no_grad(), Shapes():
        loss = net(tokens, tokens)
    assert loss.dtype is torch.float32
    assert made.TINY.chunk == 256
    assert max(shape.numel() for shape in shapes) == made.TINY.chunk * 2**18
