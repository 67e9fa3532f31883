"""Tokens that are drawn: as likely as the logits say, among as many as the spec says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.runtime.deployed import Deployed

P = np.array([0.4, 0.05, 0.3, 0.15, 0.1])
DRAWS = 4000


def drawn(translator: Deployed, **how: Any) -> np.ndarray:
    """The share of each token among many draws."""
    how = {"temperature": 1.0, "top_k": None, "top_p": None, **how}
    works = [SimpleNamespace(seed=seed) for seed in range(DRAWS)]
    chance = translator.modules.engine.Chance(works, how)
    logits = np.log(P)[None].repeat(DRAWS, 0).astype(np.float32)
    return np.bincount(chance({"logits": logits}, np.arange(DRAWS)), minlength=len(P)) / DRAWS


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, P),
        ({"temperature": 0.5}, P**2 / (P**2).sum()),
        ({"top_k": 2}, np.array([4, 0, 3, 0, 0]) / 7),
        ({"top_k": 9}, P),
        ({"top_p": 0.6}, np.array([4, 0, 3, 0, 0]) / 7),
        ({"top_p": 0.75}, np.array([8, 0, 6, 3, 0]) / 17),
        ({"top_p": 0.01}, np.array([1, 0, 0, 0, 0])),
        ({"top_k": 4, "top_p": 0.5}, np.array([4, 0, 3, 0, 0]) / 7),
    ],
)
def test_tokens_are_as_likely_as_the_logits_say(
    translator: Deployed, how: dict[str, Any], expected: np.ndarray
) -> None:
    assert np.abs(drawn(translator, **how) - expected).max() < 0.03
    assert ((drawn(translator, **how) > 0) == (expected > 0)).all()
