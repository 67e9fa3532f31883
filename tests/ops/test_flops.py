"""What is declared to be computed is what the counter counts, and what of it is useful is what a mask lets through."""

from __future__ import annotations

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from tests.ops.generated import LANGUAGES, batch, transformer
from tests.ops.matrix import each_model, example
from tfc.fields import variants
from tfc.graph.build import build
from tfc.spec.model import Model

SIZE, SOURCE, TARGET = 3, 7, 5


@each_model
def test_a_model_computes_what_its_graph_says(model: Model) -> None:
    """Forward once and backward twice; the counter sees attention only on the reference path."""
    net = transformer(model)
    counter = FlopCounterMode(display=False)
    with sdpa_kernel(SDPBackend.MATH), counter:
        net(*batch(model, SIZE, SOURCE, TARGET)).backward()
    sized = build(model, len(LANGUAGES)).at(SIZE, SOURCE, TARGET)
    assert counter.get_total_flops() == 3 * sized.forward_flops


def lets_through(name: str, window: int, length: int, reads: int, causal: bool) -> int:
    """Pairs of tokens that a mask written down by hand lets through."""
    queries, keys = torch.arange(length)[:, None], torch.arange(reads)
    if causal:
        seen = (keys <= queries) & ((name == "full") | (keys > queries - window))
    else:
        seen = (name == "full") | ((keys - queries.clamp(max=reads - 1)).abs() < window)
    return int(torch.as_tensor(seen).expand(length, reads).sum())


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("name", [name for name, kind in variants("attention").items() if kind.built])
def test_useful_pairs_are_those_that_a_mask_lets_through(name: str, causal: bool) -> None:
    for window in (1, 2, 5, 20):
        op = example("attention", name) if name == "full" else example("attention", name, window=window)
        for length in (1, 2, 3, 7, 12):
            for reads in [length] if causal else (1, 2, 5, 7, 13):
                expected = lets_through(name, window, length, reads, causal)
                assert op.pairs(length, reads, causal) == expected
                if causal:
                    assert op.reach(length) * length == pytest.approx(expected)


@pytest.mark.parametrize("family", ["attention", "ffn", "norm", "position", "adapter"])
def test_every_variant_is_priced_alike_for_numbers_and_arrays(family: str) -> None:
    """Also those for which no code is generated yet: `plan` prices them."""
    import numpy as np

    from tests.ops.matrix import SETTING
    from tests.ops.models import model

    shapes = [(2, 16, 8), (5, 300, 170), (1, 64, 1024)]
    batches, sources, targets = (np.array(column) for column in zip(*shapes, strict=True))
    for name in variants(family):
        chosen = example(family, name)
        held = (chosen,) if family in ("attention", "ffn") else chosen
        graph = build(model(**{SETTING.get(family, family): held}), 3)
        many = graph.at(batches, sources, targets)
        for index, shape in enumerate(shapes):
            one = graph.at(*shape)
            assert one.forward_flops == np.broadcast_to(many.forward_flops, 3)[index] > 0
            assert one.useful_flops == np.broadcast_to(many.useful_flops, 3)[index] <= one.forward_flops
            assert {key: np.broadcast_to(size, 3)[index] for key, size in many.saved.items()} == one.saved
            for single, several in zip(one.blocks, many.blocks, strict=True):
                assert single.traffic == np.broadcast_to(several.traffic, 3)[index] >= 0
                for here, there in zip(single.nodes, several.nodes, strict=True):
                    for amount, amounts in zip(here.temporaries, there.temporaries, strict=True):
                        assert amount == np.broadcast_to(amounts, 3)[index] >= 0
