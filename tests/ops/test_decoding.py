"""Decoding step by step gives what the whole forward pass gives; the future and padding change nothing."""

from __future__ import annotations

import pytest
import torch

from tests.ops.generated import IGNORE, LANGUAGES, batch, shaken, transformer
from tests.ops.matrix import MODELS
from tfc.spec.model import Model

DECODING = [pytest.param(made, id=name) for name, made in MODELS.items() if made.family != "encoder"]
ENCODING = [pytest.param(made, id=name) for name, made in MODELS.items() if made.family != "decoder"]
SIZE, SOURCE, TARGET = 3, 9, 8


def exact(model: Model) -> torch.nn.Module:
    return shaken(transformer(model, double=True)).eval()


def parts(
    model: Model, padded: bool = True
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """Source (of a decoder: none), target, labels and languages."""
    given = list(batch(model, SIZE, SOURCE, TARGET, padded))
    source = given.pop(0) if model.family == "encoder_decoder" else torch.empty(SIZE, 0)
    return source, given[0], given[1], given[2:]


def stepped(net: torch.nn.Module, model: Model, first: int = 1) -> torch.Tensor:
    """The logits (B, T, vocab) that decoding gives, the first tokens at once where there is no source."""
    source, target, _, language = parts(model)
    if model.family == "encoder_decoder":
        cache = net.start(source, net.encode(source, *language), TARGET, *language)
        return torch.stack([net.step(target[:, place], cache) for place in range(TARGET)], 1)
    cache = net.start(SIZE, TARGET, *language)
    before = [net.prefill(target[:, :first], cache)]
    return torch.stack(before + [net.step(target[:, place], cache) for place in range(first, TARGET)], 1)


def losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loss of each label, (B, T)."""
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORE, reduction="none"
    ).view(labels.shape)


@pytest.mark.parametrize("model", DECODING)
@torch.no_grad()
def test_steps_give_what_the_whole_gives(model: Model) -> None:
    """At each place apart: the loss of all but one label ignored."""
    net = exact(model)
    source, target, labels, language = parts(model)
    expected = losses(stepped(net, model), labels)
    given = [source] if model.family == "encoder_decoder" else []
    for place in range(TARGET):
        alone = torch.full_like(labels, IGNORE)
        alone[:, place] = labels[:, place]
        found = net(*given, target, alone, *language)
        torch.testing.assert_close(found, expected[:, place].sum(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("model", [case for case in DECODING if case.values[0].family == "decoder"])
@torch.no_grad()
def test_the_first_tokens_may_come_at_once(model: Model) -> None:
    net = exact(model)
    singly, together = stepped(net, model), stepped(net, model, first=5)
    torch.testing.assert_close(together, singly[:, 4:], rtol=0, atol=1e-10)


@pytest.mark.parametrize("model", DECODING)
@torch.no_grad()
def test_rows_may_be_selected(model: Model) -> None:
    """As a beam does: a row twice, one left out, another order."""
    net = exact(model)
    source, target, _, language = parts(model)
    rows = torch.tensor([2, 0, 2, 2])
    if model.family == "encoder_decoder":
        cache = net.start(source, net.encode(source, *language), TARGET, *language)
    else:
        cache = net.start(SIZE, TARGET, *language)
    for place in range(4):
        net.step(target[:, place], cache)
    cache.select(rows)
    found = torch.stack([net.step(target[rows, place], cache) for place in range(4, TARGET)], 1)
    torch.testing.assert_close(found, stepped(net, model)[rows, 4:], rtol=0, atol=1e-10)


@pytest.mark.parametrize("model", DECODING)
def test_the_future_does_not_change_the_past(model: Model) -> None:
    """No gradient of an early loss reaches a later token; here by another token, which changes nothing."""
    net = exact(model)
    source, target, labels, language = parts(model, padded=False)
    labels[:, 4:] = IGNORE
    other = target.clone()
    other[:, 4:] = torch.randint(5, model.vocab, other[:, 4:].shape)
    given = [source] if model.family == "encoder_decoder" else []
    with torch.no_grad():
        torch.testing.assert_close(
            net(*given, target, labels, *language), net(*given, other, labels, *language), rtol=0, atol=1e-12
        )


@pytest.mark.parametrize(
    "model", [*DECODING, *(case for case in ENCODING if case.values[0].family == "encoder")]
)
@torch.no_grad()
def test_padding_changes_nothing(model: Model) -> None:
    """Each sequence alone, cut to its own length, loses as much as the padded batch does."""
    net = exact(model)
    given = batch(model, SIZE, SOURCE, TARGET)
    whole = net(*given)
    texts = given[:-1] if model.family == "encoder_decoder" else given
    speaks = len(given) - (3 if model.family == "encoder_decoder" else 2)
    tokens, language = given[: len(given) - speaks], given[len(given) - speaks :]
    assert len(texts) >= 2
    single = [
        net(
            *(part[row : row + 1, : part.shape[1] - row] for part in tokens),
            *(one[row : row + 1] for one in language),
        )
        for row in range(SIZE)
    ]
    torch.testing.assert_close(whole, torch.stack(single).sum(), rtol=0, atol=1e-9)


@torch.no_grad()
def test_languages_have_adapters_of_their_own() -> None:
    from tests.ops.matrix import of_variant

    model = of_variant("encoder_decoder", "adapter", "bottleneck")
    net = exact(model)
    source, target, labels, _ = parts(model)
    told = [net(source, target, labels, torch.full((SIZE,), one)) for one in range(len(LANGUAGES))]
    assert len({round(float(loss), 6) for loss in told}) == len(LANGUAGES)


@torch.no_grad()
def test_a_row_of_nothing_but_padding_is_a_number() -> None:
    from tests.ops.models import model

    made = model("encoder_decoder")
    net = exact(made)
    source, target, labels, _ = parts(made)
    source[1] = 0
    assert torch.isfinite(net(source, target, labels))
