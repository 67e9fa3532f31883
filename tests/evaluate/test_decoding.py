"""Decoding against what a full forward pass says, and against models whose best text is known."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import tfc
from tests.evaluate.generated import PAIRS, Generated, logits_after
from tfc.backends.torch.evaluate import context

END = 2


def step_by_step(model: Any, source: list[int], first: int, longest: int) -> list[int]:
    """The likeliest token again and again, each from a full forward pass."""
    text = [first]
    while len(text) <= longest:
        with torch.no_grad():
            logits = logits_after(model, torch.tensor([source]), torch.tensor([text]))
        token = int(logits[0, -1].argmax())
        if token == END:
            break
        text.append(token)
    return text[1:]


def log_probability(model: Any, source: list[int], first: int, text: list[int]) -> float:
    """Of a text and its end, from a full forward pass."""
    written = [*text, END]
    with torch.no_grad():
        logits = logits_after(model, torch.tensor([source]), torch.tensor([[first, *text]]))
    log_p = logits.log_softmax(-1)[0]
    return sum(float(log_p[place, token]) for place, token in enumerate(written))


def test_greedy_follows_the_full_forward_pass(
    translator: Generated, half_trained: Any, asked: SimpleNamespace
) -> None:
    found = translator.modules.evaluate.greedy(half_trained, asked.source, asked.first)
    expected = [
        step_by_step(half_trained, source, int(first), 24)
        for source, first in zip(asked.each, asked.first, strict=True)
    ]
    assert found == expected
    assert len({len(text) for text in found}) > 2, "texts that end at the same time would test little"


@pytest.mark.parametrize("width", [1, 4])
def test_a_batch_does_not_change_what_a_sentence_becomes(
    translator: Generated, half_trained: Any, asked: SimpleNamespace, width: int
) -> None:
    evaluate = translator.modules.evaluate

    def decode(source: torch.Tensor, first: torch.Tensor) -> list[list[int]]:
        if width == 1:
            return evaluate.greedy(half_trained, source, first)
        return evaluate.beam(half_trained, source, first, width, 1.0)

    alone = [
        decode(torch.tensor([source]), first[None])[0]
        for source, first in zip(asked.each, asked.first, strict=True)
    ]
    assert decode(asked.source, asked.first) == alone
    back = list(reversed(range(len(alone))))
    assert decode(asked.source[back], asked.first[back]) == [alone[row] for row in back]


def test_a_beam_of_one_is_greedy(translator: Generated, half_trained: Any, asked: SimpleNamespace) -> None:
    evaluate = translator.modules.evaluate
    expected = evaluate.greedy(half_trained, asked.source, asked.first)
    assert evaluate.beam(half_trained, asked.source, asked.first, 1, 1.0) == expected


def test_a_beam_finds_likelier_texts(
    translator: Generated, half_trained: Any, asked: SimpleNamespace
) -> None:
    evaluate = translator.modules.evaluate
    found = evaluate.beam(half_trained, asked.source, asked.first, 6, 0.0)
    greedy = evaluate.greedy(half_trained, asked.source, asked.first)
    gains = [
        log_probability(half_trained, source, int(first), wide)
        - log_probability(half_trained, source, int(first), narrow)
        for source, first, wide, narrow in zip(asked.each, asked.first, found, greedy, strict=True)
        if len(narrow) < 24  # what the limit has cut has no end
    ]
    assert sum(gains) > 0
    assert max(gains) > 0


def test_sentences_that_are_done_leave_the_batch(
    translator: Generated, half_trained: Any, asked: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    step = half_trained.step

    def counted(tokens: torch.Tensor, cache: Any) -> torch.Tensor:
        sizes.append(len(tokens))
        return step(tokens, cache)

    monkeypatch.setattr(half_trained, "step", counted)
    texts = translator.modules.evaluate.greedy(half_trained, asked.source, asked.first)
    written = [min(len(text) + 1, 24) for text in texts]
    assert sizes == [sum(length > place for length in written) for place in range(max(written))]


class Known:
    """A model of five tokens of which the next follows from the text so far, by a table."""

    def __init__(self, table: dict[tuple[int, ...], dict[int, float]]) -> None:
        self.table, self.texts = table, [()]
        self.config, self.compute = SimpleNamespace(context=8), torch.float32

    def encode(self, source: torch.Tensor) -> torch.Tensor:
        return source

    def start(self, source: torch.Tensor, memory: torch.Tensor, longest: int) -> Known:
        return self

    def select(self, rows: torch.Tensor) -> None:
        self.texts = [self.texts[row] for row in rows.tolist()]

    def step(self, tokens: torch.Tensor, cache: Known) -> torch.Tensor:
        self.texts = [(*text, token) for text, token in zip(self.texts, tokens.tolist(), strict=True)]
        follows = [self.table.get(text[1:], {END: 1.0}) for text in self.texts]
        return torch.tensor([[row.get(token, 1e-9) for token in range(5)] for row in follows]).log()


A, B = 3, 4
TRAP = {(): {A: 0.6, B: 0.4}, (A,): {A: 0.3, B: 0.3, END: 0.4}, (B,): {END: 1.0}}
TRAP |= {(A, A): {END: 1.0}, (A, B): {END: 1.0}}


def decoded(evaluate: Any, table: dict[tuple[int, ...], dict[int, float]], *how: float) -> list[int]:
    source, first = torch.tensor([[5, END]]), torch.tensor([1])
    search = evaluate.beam if how else evaluate.greedy
    return search(Known(table), source, first, *how)[0]


def test_a_beam_leaves_the_trap_that_greedy_falls_into(translator: Generated) -> None:
    evaluate = translator.modules.evaluate
    assert decoded(evaluate, TRAP) == [A]  # 0.6 * 0.4
    assert decoded(evaluate, TRAP, 2, 0.0) == [B]  # 0.4 * 1.0


def test_the_length_penalty_divides_by_the_length_to_its_power(translator: Generated) -> None:
    # One token and its end have 0.4, three and theirs 0.33.
    table = {(): {A: 0.4, B: 0.6}, (A,): {END: 1.0}, (B,): {B: 0.55, A: 0.45}, (B, B): {B: 1.0}}
    table |= {(B, B, B): {END: 1.0}, (B, A): {A: 1.0}, (B, A, A): {END: 1.0}}
    evaluate = translator.modules.evaluate
    assert math.log(0.4) / 2 < math.log(0.33) / 4
    assert decoded(evaluate, table, 2, 0.0) == [A]
    assert decoded(evaluate, table, 2, 1.0) == [B, B, B]


def test_a_text_that_does_not_end_is_cut_at_the_context(translator: Generated) -> None:
    table = {(B,) * length: {B: 1.0} for length in range(9)}
    evaluate = translator.modules.evaluate
    assert decoded(evaluate, table) == [B] * 8
    assert decoded(evaluate, table, 2, 1.0) == [B] * 8


def test_adapters_are_told_the_language(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    adapters = "adapters = bottleneck(rank = 4, per = language)"
    generated = Generated(tmp_path, PAIRS.format(more=adapters))
    model = generated.model(steps=80)
    generated.save(model)
    generated.evaluate("--beam", "2")
    printed = capsys.readouterr().out
    assert "en-up" in printed and "en-re" in printed


def test_texts_are_decoded_as_the_model_will_be_served() -> None:
    deploy = "deploy api { target = onnxruntime(on = cpu), decoding = beam(4, length_penalty = 0.6) }"
    for more, width, penalty in (("", 1, 1.0), (deploy, 4, 0.6)):
        plan = tfc.load(f"{PAIRS.format(more='')}\n{more}").plan()
        constants = context(plan.solved, plan.layouts["train"])["constants"]
        found = {constant.name: constant.value for constant in constants}
        assert (found["BEAM"], found["LENGTH_PENALTY"]) == (width, penalty)
