"""Windows are what a mask written by hand says, and attention with them is attention over what is let through."""

from __future__ import annotations

import pytest
import torch

from tests.ops.generated import module
from tests.ops.matrix import example
from tests.ops.models import model

WINDOWS = (1, 2, 3, 8)


def sliding() -> object:
    near = example("attention", "sliding")
    return module(model(attention=(near,), cross=near))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("causal", [True, False])
def test_a_window_is_what_a_loop_says(window: int, causal: bool) -> None:
    mask = sliding().window_mask(6, window, torch.zeros((), dtype=torch.float64), causal)
    for token in range(6):
        for read in range(6):
            near = 0 <= token - read < window if causal else abs(token - read) < window
            assert (mask[token, read] == 0) == near
            assert mask[token, read] <= 0


@pytest.mark.parametrize("window", WINDOWS)
def test_cross_attention_reads_around_its_place_or_around_the_end(window: int) -> None:
    made = sliding()
    source = torch.tensor([[5, 6, 7, 8, 9], [5, 6, 7, 0, 0], [0, 0, 0, 0, 0]])
    padding = made.padding_mask(source, torch.float64)
    mask = made.cross_window_mask(source, 7, window, padding)
    for row, length in enumerate((5, 3, 0)):
        for token in range(7):
            centre = min(token, max(length - 1, 0))
            for read in range(5):
                near = abs(read - centre) < window and read < length
                assert (mask[row, 0, token, read] == 0) == near


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
@pytest.mark.parametrize("window", WINDOWS)
def test_attention_is_a_softmax_over_what_is_let_through(window: int, kv_heads: int) -> None:
    """With queries that share keys; written out with einsum and a boolean mask."""
    near = example("attention", "sliding", window=window)
    given = model("decoder", attention=(near,), kv_heads=kv_heads, position=example("position", "none"))
    made = module(given)
    attention = made.SelfAttention(made.TINY).double()
    draw = torch.Generator().manual_seed(0)
    for parameter in attention.parameters():
        torch.nn.init.normal_(parameter, generator=draw)
    x = torch.randn(2, 6, 32, dtype=torch.float64, generator=draw)
    found = attention(x, made.window_mask(6, window, x))

    heads = attention.qkv(x).view(2, 6, 4 + 2 * kv_heads, 8)
    q, k, v = heads.split((4, kv_heads, kv_heads), 2)
    k, v = (part.repeat_interleave(4 // kv_heads, 2) for part in (k, v))
    place = torch.arange(6)
    seen = (place[:, None] >= place) & (place[:, None] - place < window)
    scores = torch.einsum("bthe,bshe->bhts", q, k) / 8**0.5
    weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
    expected = attention.out(torch.einsum("bhts,bshe->bthe", weights, v).flatten(2))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)


def test_rotation_turns_by_the_difference_of_positions() -> None:
    """A query and a key that move together read alike (Su et al. 2021, section 3.4)."""
    made = module(model("decoder"))
    draw = torch.Generator().manual_seed(0)
    q, k = torch.randn(2, 8, dtype=torch.float64, generator=draw)
    cos, sin = made.rotation(20, made.TINY, torch.zeros((), dtype=torch.float64))
    turned = []
    for query, key in ((3, 1), (13, 11), (19, 17)):
        one, other = q.clone(), k.clone()
        made.turn_(one, cos[query, 0], sin[query, 0])
        made.turn_(other, cos[key, 0], sin[key, 0])
        turned.append(torch.dot(one, other).item())
    assert turned == pytest.approx([turned[0]] * 3, abs=1e-6)
    assert torch.equal(cos[0], torch.ones(1, 8, dtype=torch.float64))
