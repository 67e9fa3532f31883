"""The loss of a student, and its gradients, against autograd in 64 bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.run.folder import Folder

IGNORE = -100
VOCAB, ROWS, WIDTH, TOKENS = 72, 128, 32, 21
# Temperature, likeliest tokens, weight of the teacher, smoothing of the ground truth.
SETTINGS = {
    "beside": (1.0, None, 1.0, 0.0),
    "flattened": (2.0, None, 0.75, 0.1),
    "truth": (1.0, None, 0.75, 0.0),
    "few": (2.0, 8, 0.75, 0.0),
    "plain_few": (1.0, 8, 0.75, 0.1),
    "looked_up": (2.0, 8, 1.0, 0.0),
}


def drawn(*shape: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def reference(
    logits: torch.Tensor,
    wanted: torch.Tensor,
    labels: torch.Tensor,
    temperature: float,
    top: int | None,
    weight: float,
    smoothing: float,
) -> torch.Tensor:
    """What the loss is by its definition, over logits (N, VOCAB) of student and teacher."""
    log_q, log_p = (logits / temperature).log_softmax(-1), (wanted / temperature).log_softmax(-1)
    if top is not None:
        ids = log_p.topk(top).indices
        others = torch.ones_like(log_p, dtype=torch.bool).scatter(1, ids, False)
        log_q, log_p = (
            torch.cat((x.gather(1, ids), x.masked_fill(~others, -torch.inf).logsumexp(-1, True)), -1)
            for x in (log_q, log_p)
        )
    counts = labels != IGNORE
    divergence = (log_p.exp() * (log_p - log_q)).sum(-1)[counts].sum() * temperature**2
    truth = torch.nn.functional.cross_entropy(
        logits, labels, reduction="sum", label_smoothing=smoothing, ignore_index=IGNORE
    )
    return weight * divergence + (1 - weight) * truth


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("chunk", [128, 8])
def test_loss_and_gradients(lesson_of: Callable[[str], Folder], name: str, chunk: int) -> None:
    temperature, top, weight, smoothing = SETTINGS[name]
    hidden, table = drawn(TOKENS, WIDTH, seed=1), drawn(ROWS, WIDTH, seed=2)
    wanted, its_table = drawn(TOKENS, WIDTH, seed=3), drawn(ROWS, WIDTH, seed=4)
    labels = torch.randint(VOCAB, (TOKENS,), generator=torch.Generator().manual_seed(5))
    labels[3::5] = IGNORE
    with lesson_of(name).imported() as load:
        distill, teacher = load("distill"), load("teacher")
        distill.CHUNK = chunk
        given: tuple[Any, ...] = (wanted, its_table)
        if name == "looked_up":
            logits = (wanted @ its_table[:VOCAB].T) / temperature
            given = teacher.likeliest(logits.log_softmax(-1))
        inputs = [x.clone().requires_grad_() for x in (hidden, table)]
        loss = distill.TeachersLoss.apply(*inputs, *given, labels)
    (3 * loss).backward()

    exact = [x.clone().requires_grad_() for x in (hidden, table)]
    logits = exact[0] @ exact[1][:VOCAB].T
    right = reference(logits, wanted @ its_table[:VOCAB].T, labels, temperature, top, weight, smoothing)
    (3 * right).backward()
    torch.testing.assert_close(loss, right, rtol=1e-5, atol=1e-5)
    for mine, theirs in zip(inputs, exact, strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-5, atol=1e-5)
    assert inputs[1].grad is not None and not inputs[1].grad[VOCAB:].any(), "rows that no token uses"
