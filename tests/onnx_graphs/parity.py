"""What graphs give held against what the generated torch model gives: sources and prompts of different lengths."""

from __future__ import annotations

import numpy as np
import torch

from tests.onnx_graphs.generated import Deployed, cache_of, kept
from tests.ops.generated import LANGUAGES
from tfc.spec.model import Model

SIZE, SOURCE, TARGET, PLACES = 3, 9, 6, 8
CLOSE = {"rtol": 0, "atol": 1e-4}


def tokens(model: Model, size: int, length: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(5, model.vocab, (size, length))


def padded(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Sources of different lengths, the first one whole."""
    lengths = np.array([SOURCE, SOURCE - 1, 2])
    return np.where(np.arange(SOURCE) < lengths[:, None], tokens(model, SIZE, SOURCE), 0), lengths


def spoken(deployed: Deployed, kind: str, rows: int = 1) -> dict[str, np.ndarray]:
    """The languages of the sentences, each `rows` times, if that side asks for them."""
    languages = np.repeat(np.arange(SIZE) % len(LANGUAGES), rows)
    return {"language": languages} if deployed.speaks(kind) else {}


def told(deployed: Deployed) -> list[torch.Tensor]:
    """The languages as the torch model takes them."""
    asked = deployed.speaks("encoder") or deployed.speaks("decoder")
    return [torch.arange(SIZE) % len(LANGUAGES)] if asked else []


@torch.no_grad()
def translates(deployed: Deployed) -> None:
    """Two hypotheses of each sentence, that go on differently."""
    model, hypotheses = deployed.model, 2
    source, lengths = padded(model)
    read = deployed.encoder()(source=source, lengths=lengths, **spoken(deployed, "encoder"))
    net, rows = deployed.net, torch.arange(SIZE).repeat_interleave(hypotheses)
    start = net.start(
        torch.tensor(source), net.encode(torch.tensor(source), *told(deployed)), TARGET, *told(deployed)
    )
    start.select(rows)
    step, cache = deployed.decoder("logits", hypotheses), cache_of(model, len(rows), PLACES)
    target = tokens(model, len(rows), TARGET, seed=2)
    for place in range(TARGET):
        found = step(
            tokens=target[:, place, None],
            place=np.full(len(rows), place),
            lengths=lengths,
            **read,
            **cache,
            **spoken(deployed, "decoder", hypotheses),
        )
        expected = net.step(torch.tensor(target[:, place]), start)
        np.testing.assert_allclose(found["logits"], expected.numpy(), **CLOSE)
        cache = kept(found)


@torch.no_grad()
def writes(deployed: Deployed) -> None:
    """Prompts of different lengths at once, and then token by token, each row at a place of its own."""
    model = deployed.model
    prompt, lengths = tokens(model, SIZE, 4), np.array([4, 2, 1])
    step, cache = deployed.decoder(), cache_of(model, SIZE, PLACES + 2)
    more = spoken(deployed, "decoder")
    first = {"tokens": np.where(np.arange(4) < lengths[:, None], prompt, 0), "last": lengths - 1}
    found = [step(**first, place=np.zeros(SIZE, int), **cache, **more)]
    written = tokens(model, SIZE, 4, seed=2)
    for later in range(4):
        place = lengths + later
        found.append(
            step(
                tokens=written[:, later, None],
                place=place,
                last=np.zeros(SIZE, int),
                **kept(found[-1]),
                **more,
            )
        )
    for row, length in enumerate(lengths):
        language = [one[row : row + 1] for one in told(deployed)]
        start = deployed.net.start(1, PLACES, *language)
        expected = [deployed.net.prefill(torch.tensor(prompt[row : row + 1, :length]), start)]
        expected += [
            deployed.net.step(torch.tensor(written[row : row + 1, later]), start) for later in range(4)
        ]
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one["logits"][row], other[0].numpy(), **CLOSE)


@torch.no_grad()
def encodes(deployed: Deployed) -> None:
    model = deployed.model
    source, lengths = padded(model)
    given = {"tokens": source, "lengths": lengths, **spoken(deployed, "encoder")}
    expected = deployed.net.encode(torch.tensor(source), *told(deployed))
    states = deployed.encoder("states")(**given)["states"]
    likeliest = deployed.encoder("scores")(**given)
    table = deployed.net.state_dict()["table" if model.tied else "output_table"][: model.vocab]
    scores = (expected @ table.T).log_softmax(-1).topk(5)
    for row, length in enumerate(lengths):
        np.testing.assert_allclose(states[row, :length], expected[row, :length].numpy(), **CLOSE)
        np.testing.assert_allclose(
            likeliest["score"][row, :length], scores.values[row, :length].numpy(), **CLOSE
        )
        np.testing.assert_array_equal(likeliest["token"][row, :length], scores.indices[row, :length].numpy())


HOLDS = {"encoder_decoder": translates, "decoder": writes, "encoder": encodes}
