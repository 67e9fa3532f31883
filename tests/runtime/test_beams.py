"""Beams against models whose best text is known, and against those of `evaluate.py` on models that are made up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from tests.runtime.deployed import Deployed

END, VOCAB = 2, 7
A, B = 3, 4
TRAP = {(): {A: 0.6, B: 0.4}, (A,): {A: 0.3, B: 0.3, END: 0.4}, (B,): {END: 1.0}}
TRAP |= {(A, A): {END: 1.0}, (A, B): {END: 1.0}}
LONG = {(): {A: 0.4, B: 0.6}, (A,): {END: 1.0}, (B,): {B: 0.55, A: 0.45}, (B, B): {B: 1.0}}
LONG |= {(B, B, B): {END: 1.0}, (B, A): {A: 1.0}, (B, A, A): {END: 1.0}}


class Tokens:
    """Steps of a decoder for which the next token follows from its first token and the text so far."""

    def __init__(self, follows: Any, rows: int, width: int) -> None:
        self.follows, self.width = follows, width
        self.texts: list[tuple[int, ...]] = [()] * rows * width

    def step(self, tokens: np.ndarray) -> dict[str, np.ndarray]:
        self.texts = [(*text, int(token)) for text, token in zip(self.texts, tokens, strict=True)]
        log_p = torch.stack([self.follows(text) for text in self.texts]).log_softmax(-1)
        score, token = log_p.topk(2 * self.width)
        return {"score": score.numpy(), "token": token.numpy(), "next": log_p.argmax(-1).numpy()}

    def keep(self, rows: np.ndarray, sentences: np.ndarray) -> None:
        assert len(rows) == len(sentences) * self.width
        self.texts = [self.texts[row] for row in rows]


class Model:
    """The same for the decoder of `evaluate.py`."""

    def __init__(self, follows: Any, most: int) -> None:
        self.follows = follows
        self.config, self.compute = SimpleNamespace(context=most), torch.float32

    def encode(self, source: torch.Tensor) -> torch.Tensor:
        return source

    def start(self, source: torch.Tensor, memory: torch.Tensor, longest: int) -> Any:
        self.texts: list[tuple[int, ...]] = [()] * len(source)
        return self

    def select(self, rows: torch.Tensor) -> None:
        self.texts = [self.texts[row] for row in rows.tolist()]

    def step(self, tokens: torch.Tensor, cache: Any) -> torch.Tensor:
        self.texts = [(*text, token) for text, token in zip(self.texts, tokens.tolist(), strict=True)]
        return torch.stack([self.follows(text) for text in self.texts])


def by_table(table: dict[tuple[int, ...], dict[int, float]]) -> Any:
    def follows(text: tuple[int, ...]) -> torch.Tensor:
        found = table.get(text[1:], {END: 1.0})
        return torch.tensor([found.get(token, 1e-9) for token in range(VOCAB)]).log()

    return follows


def by_chance(seed: int) -> Any:
    """Logits that follow from the text; ends become likelier the longer it is."""

    def follows(text: tuple[int, ...]) -> torch.Tensor:
        draw = np.random.default_rng([seed, *text])
        logits = torch.tensor(draw.normal(0, 1.5, VOCAB), dtype=torch.float32)
        logits[END] += len(text) / 4 - 1.5
        return logits

    return follows


def searched(engine: Any, table: Any, width: int, penalty: float) -> list[int]:
    first, limit = np.array([1]), np.array([8])
    return engine.beam(Tokens(by_table(table), 1, width), first, limit, END, width, penalty)[0]


def test_a_beam_leaves_the_trap_that_greedy_falls_into(translator: Deployed) -> None:
    engine = translator.modules.engine
    assert searched(engine, TRAP, 1, 0.0) == [A, END]  # 0.6 * 0.4
    assert searched(engine, TRAP, 2, 0.0) == [B, END]  # 0.4 * 1.0


def test_the_length_penalty_divides_by_the_length_to_its_power(translator: Deployed) -> None:
    engine = translator.modules.engine  # one token and its end have 0.4, three and theirs 0.33
    assert searched(engine, LONG, 2, 0.0) == [A, END]
    assert searched(engine, LONG, 2, 1.0) == [B, B, B, END]


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0])
def test_made_up_models_are_searched_as_by_evaluate(translator: Deployed, width: int, penalty: float) -> None:
    evaluate, engine = translator.modules.evaluate, translator.modules.engine
    lengths = set()
    for seed in range(8):
        follows, sentences = by_chance(seed), 5
        first = torch.arange(10, 10 + sentences)
        # Sources of 1 token and padding: limits are 3 * length + 32, and no more than the context.
        source = torch.tensor([[5]] * sentences)
        wanted = evaluate.beam(Model(follows, 12), source, first, width, penalty)
        limit = np.full(sentences, 12)
        steps = Tokens(follows, sentences, width)
        found = engine.beam(steps, first.numpy(), limit, END, width, penalty)
        assert [text[:-1] if text[-1] == END else text for text in found] == wanted
        lengths |= {len(text) for text in wanted}
    assert len(lengths) > 5


def test_a_beam_of_one_is_greedy(translator: Deployed) -> None:
    engine = translator.modules.engine
    for seed in range(8):
        first, limit = np.arange(10, 16), np.array([3, 12, 12, 1, 12, 7])
        beam = engine.beam(Tokens(by_chance(seed), 6, 1), first, limit, END, 1, 1.0)
        greedy = engine.write(Tokens(by_chance(seed), 6, 1), first, limit, END, engine.likeliest)
        assert beam == greedy


def test_gaps_are_filled_from_the_end(translator: Deployed) -> None:
    closed_up = translator.modules.engine.closed_up
    for stay, order in (
        ([1, 1, 1], [0, 1, 2]),
        ([0, 1, 1, 1], [3, 1, 2]),
        ([1, 0, 0, 1, 0, 1], [0, 3, 5]),
        ([0, 0], []),
        ([1, 0, 0], [0]),
    ):
        assert closed_up(np.array(stay, bool)).tolist() == order
