"""Writing on from prompts: as `evaluate.py` does, alone or in company, up to the bounds of the deployment."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import Any

import pytest
import torch

from tests.runtime.deployed import Deployed, words

PROMPTS = [" ".join(words(count, seed)) for seed, count in enumerate((1, 2, 1, 3, 1, 2, 1, 1))]


def wanted(deployed: Deployed, prompt: str, tokens: int) -> str:
    """The likeliest tokens, by the model itself."""
    evaluate, tokenizer = deployed.modules.evaluate, deployed.prepared.tokenizer
    end = getattr(deployed.modules.tokenizer, "EOS", None)
    found = evaluate.sample(deployed.model, tokenizer.encode(prompt), 0, 0, torch.Generator())
    return tokenizer.decode([*islice(takewhile(lambda token: token != end, found), tokens)])


def short(deployed: Deployed) -> list[str]:
    return [prompt for prompt in PROMPTS if len(deployed.prepared.tokenizer.encode(prompt)) <= 24]


def test_bytes_are_written_as_by_evaluate(writer: Deployed) -> None:
    prompts = short(writer)
    engine = writer.engine("greedy")
    assert engine.generate(prompts, tokens=20) == [wanted(writer, prompt, 20) for prompt in prompts]
    # To the end of the context, whose last token is written and not read.
    (work,) = [engine.work(prompts[0])]
    assert work.limit == 48 - len(work.tokens) + 1
    assert engine.run([work]).texts == [wanted(writer, prompts[0], work.limit)]


def test_pieces_are_written_as_by_evaluate(teller: Deployed) -> None:
    prompts = short(teller)
    engine = teller.engine("api")
    found = engine.generate(prompts, tokens=20)
    assert found == [wanted(teller, prompt, 20) for prompt in prompts]
    assert engine.end == teller.modules.tokenizer.EOS


def test_a_text_stops_at_its_end(teller: Deployed) -> None:
    engine, tokenizer = teller.engine("api"), teller.prepared.tokenizer
    works = [work for prompt in short(teller) if (work := engine.work(prompt, 20)).bucket == 8]
    (line,) = tokenizer.encode("\n")
    whole = engine.run(works).texts
    engine.end = line  # few texts come to the end that they have learnt
    answers = engine.run(works)
    assert answers.texts == [text.partition("\n")[0] for text in whole]
    assert answers.tokens < 20 * len(works)


@pytest.mark.parametrize("name", ["greedy", "drawn"])
def test_a_text_does_not_depend_on_who_shares_its_batch(writer: Deployed, name: str) -> None:
    engine = writer.engine(name)
    found: dict[Any, list[Any]] = {}
    for seed, prompt in enumerate(words(120, seed=9)):
        work = engine.work(prompt[:30], seed=seed, temperature=(None, 0.0, 1.5)[seed % 3])
        found.setdefault(work.bucket, []).append(work)
    full = [works[:20] for works in found.values() if len(works) >= 20]
    assert len(full) > 1
    for works in full:
        assert len({len(work.tokens) for work in works}) > 2, "of one bucket, and of different lengths"
        together = engine.run(works).texts
        assert [engine.run([work]).texts[0] for work in works] == together


def test_rounded_text_does_not_depend_on_who_shares_its_batch(teller: Deployed) -> None:
    engine = teller.engine("rounded")
    works = [work for text in words(100, seed=4) if (work := engine.work(text, 24)).bucket == 8][:32]
    assert len(works) == 32
    together = engine.run(works).texts
    assert [engine.run([work]).texts[0] for work in works] == together


def test_seeds_and_temperatures(writer: Deployed) -> None:
    engine = writer.engine("drawn")
    assert engine.work("ka").temperature == 0.8
    texts = [engine.generate(["ka"], seed=seed)[0] for seed in range(6)]
    assert len(set(texts)) > 1
    assert engine.generate(["ka"], seed=3) == [texts[3]]
    cold = engine.generate(["ka"], temperature=0, seed=3)
    assert cold == engine.generate(["ka"], temperature=0, seed=4) == [wanted(writer, "ka", 12)]


def test_no_more_is_written_than_the_deployment_allows(writer: Deployed) -> None:
    drawn, greedy = writer.engine("drawn"), writer.engine("greedy")
    assert drawn.work("ka").limit == drawn.work("ka", 100).limit == 12
    assert drawn.work("ka", 5).limit == 5
    assert greedy.work("k" * 40).limit == 9
    assert greedy.run([greedy.work("k" * 40), greedy.work("k" * 33, 3)]).tokens == 12


def test_what_cannot_be_written_on_from_is_refused_in_a_sentence(writer: Deployed) -> None:
    engine = writer.engine("greedy")
    for arguments, why in (
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": "k" * 41}, "the prompt has 41 tokens, and 40 can be read"),
        ({"prompt": "ka", "tokens": 0}, "at least 1 token is written"),
        ({"prompt": "ka", "temperature": -1.0}, "a temperature is 0 or above"),
        ({"prompt": "ka", "temperature": float("nan")}, "a temperature is 0 or above"),
    ):
        with pytest.raises(ValueError, match=why):
            engine.work(**arguments)
