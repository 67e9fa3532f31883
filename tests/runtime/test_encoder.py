"""What an encoder gives: the states of the model, and what it guesses of hidden tokens."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.runtime.deployed import Deployed, words

TEXTS = words(12, seed=2)


@torch.inference_mode()
def states(reader: Deployed, ids: list[int]) -> torch.Tensor:
    return reader.model.encode(torch.tensor([ids]))[0]


def test_states_are_those_of_the_model(reader: Deployed) -> None:
    engine = reader.engine("states")
    found = engine.encode(TEXTS)
    for text, given in zip(TEXTS, found, strict=True):
        wanted = states(reader, list(text.encode())).numpy()
        assert given.shape == wanted.shape == (len(text), 32)
        assert np.abs(given - wanted).max() < 1e-4 * np.abs(wanted).max()


def test_guesses_are_the_likeliest_tokens_where_one_is_hidden(reader: Deployed) -> None:
    engine = reader.engine("guesses")
    texts = ["k<mask>mi", "<mask>", "kami<mask>a<mask>i", "no<mask>u"]
    found = engine.encode(texts)
    for text, guesses in zip(texts, found, strict=True):
        ids = [256 if byte == ord("#") else byte for byte in text.replace("<mask>", "#").encode()]
        hidden = [place for place, id in enumerate(ids) if id == 256]
        logits = states(reader, ids)[hidden] @ reader.model.table[:257].T
        score, token = logits.log_softmax(-1).topk(5)
        assert len(guesses) == len(hidden)
        for row, five in enumerate(guesses):
            assert [word for word, _ in five] == [
                reader.prepared.tokenizer.decode([id]) for id in token[row].tolist()
            ]
            assert [value for _, value in five] == pytest.approx(score[row].tolist(), abs=1e-3)


def test_what_cannot_be_read_is_refused_in_a_sentence(reader: Deployed) -> None:
    for name, text, why in (
        ("states", "", "the text is empty"),
        ("states", "k" * 49, "the text has 49 tokens, and at most 48 are read"),
        ("guesses", "kami", "nothing in the text is hidden: write <mask>"),
    ):
        with pytest.raises(ValueError, match=why):
            reader.engine(name).work(text)
