"""Texts in, texts out: the same as `evaluate.py` writes, alone or in company."""

from __future__ import annotations

import json
import threading
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.runtime.deployed import Deployed, words

TEXTS = words(40, seed=3)
FORMS = ("up", "re")


@pytest.mark.parametrize(("name", "width", "penalty"), [("greedy", 1, 1.0), ("beams", 4, 0.6)])
def test_the_answers_are_those_of_evaluate(
    translator: Deployed, name: str, width: int, penalty: float
) -> None:
    evaluate, engine = translator.modules.evaluate, translator.engine(name)
    decode = partial(evaluate.beam, width=width, length_penalty=penalty) if width > 1 else evaluate.greedy
    for target in FORMS:
        wanted = evaluate.translate(translator.model, translator.prepared.tokenizer, decode, TEXTS, target)
        assert engine.translate(TEXTS, target) == wanted
        assert len({len(text) for text in wanted}) > 3, "texts of one length would test little"


def test_adapters_are_told_the_language(adapted: Deployed) -> None:
    evaluate, engine = adapted.modules.evaluate, adapted.engine("api")
    decode = partial(evaluate.beam, width=3, length_penalty=1.0)
    for target in FORMS:
        wanted = evaluate.translate(adapted.model, adapted.prepared.tokenizer, decode, TEXTS, target)
        assert engine.translate(TEXTS, target) == wanted
    both = [engine.work(text, target) for text in TEXTS[:4] for target in FORMS if len(text) == len(TEXTS[0])]
    assert engine.run(both).texts == [engine.run([work]).texts[0] for work in both]


def in_company(engine: Any, size: int) -> list[list[Any]]:
    """For each bucket a batch of works of both languages."""
    found: dict[Any, list[Any]] = {}
    for text in words(400, seed=5):
        for target in FORMS:
            work = engine.work(text, target)
            found.setdefault(work.bucket, []).append(work)
    full = [works[:size] for works in found.values() if len(works) >= size]
    assert len(full) > 2
    return full


@pytest.mark.parametrize("name", ["greedy", "beams", "rounded", "rounded_beams"])
def test_an_answer_does_not_depend_on_who_shares_its_batch(translator: Deployed, name: str) -> None:
    engine = translator.engine(name)
    for works in in_company(engine, 32):
        together = engine.run(works).texts
        assert len(set(together)) > 8
        for row in range(0, 32, 5):
            assert engine.run([works[row]]).texts == [together[row]]


@pytest.mark.parametrize("name", ["rounded", "rounded_beams"])
def test_rounded_scores_are_the_same_to_the_bit(
    translator: Deployed, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the decoder says of a text, step by step: alone, and among 32 others of which some are done."""
    engine = translator.engine(name)
    steps, heard = translator.modules.engine.Steps, []

    class Heard(steps):  # type: ignore[misc, valid-type]
        def step(self, tokens: np.ndarray) -> dict[str, np.ndarray]:
            said = super().step(tokens)
            heard.append({name: value.copy() for name, value in said.items()})
            return said

    monkeypatch.setattr(translator.modules.engine, "Steps", Heard)
    works = in_company(engine, 32)[0]
    for row in (0, 31):
        heard.clear()
        alone, first = engine.run([works[row]]).texts, list(heard)
        heard.clear()
        assert engine.run([works[row], *works[:row], *works[row + 1 :]]).texts[0] == alone[0]
        # A row keeps its place until it is done: gaps are filled from the end.
        assert len(heard) >= len(first) > 2
        for mine, all_of_them in zip(first, heard, strict=False):
            for name, value in mine.items():
                assert (all_of_them[name][: len(value)] == value).all()


def test_what_is_done_leaves_the_batch_and_the_rest_stays_in_place(translator: Deployed) -> None:
    engine = translator.engine("greedy")
    works = in_company(engine, 32)[0]
    sizes, places = [], []
    run = engine.decoder.run

    def watched(inputs: Any, outputs: Any) -> Any:
        sizes.append(len(inputs["tokens"].array))
        cache = inputs["key_0"].array
        places.append((cache.shape[2], cache.ctypes.data))
        assert outputs["new_key_0"] is inputs["key_0"], "a cache is written where it is"
        return run(inputs, outputs)

    engine.decoder.run = watched
    answers = engine.run(works)
    assert sizes[0] == 32
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == answers.tokens, "nothing is computed for a text that is done"
    assert len({address for longest, address in places if longest == places[0][0]}) == 1


def test_a_cache_grows_by_the_number_of_tokens_alone(translator: Deployed) -> None:
    engine = translator.engine("greedy")
    engine.end = -1
    places: list[int] = []
    lengthen = engine.decoder.lengthen
    engine.decoder.lengthen = lambda cache, more: places.append(more) or lengthen(cache, more)
    work = engine.work("ka", "up")
    wanted = engine.run([work]).texts
    assert places == [32] * 4 + [48] * 4, "twice as many, or all, for two keys and two values"
    translator.modules.engine.PLACES = 48
    try:
        assert engine.run([work]).texts == wanted
    finally:
        translator.modules.engine.PLACES = 16


def test_threads_may_share_an_engine(translator: Deployed) -> None:
    engine = translator.engine("rounded_beams")
    batches = in_company(engine, 8)
    wanted = [engine.run(works).texts for works in batches]
    found: dict[int, list[list[str]]] = {}

    def answer(thread: int) -> None:
        found[thread] = [engine.run(works).texts for works in batches]

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys(range(3), wanted)


def test_limits_are_those_of_the_deployment(translator: Deployed) -> None:
    engine = translator.engine("short")
    assert [engine.work("k" * length, "up").limit for length in (1, 6, 18, 30)] == [1, 4, 10, 10]
    engine.end = -1
    works = [engine.work("k" * 6, "up"), engine.work("kami", "re")]
    assert engine.run(works).tokens == sum(work.limit for work in works)
    engine = translator.engine("greedy")
    assert [engine.work("k" * length, "up").limit for length in (1, 3, 30)] == [41, 47, 48]


def test_any_number_of_texts_in_any_order(translator: Deployed) -> None:
    engine = translator.engine("short")
    sizes: list[int] = []
    run = engine.run
    engine.run = lambda works: sizes.append(len(works)) or run(works)
    texts = [text for text in TEXTS if len(text) < 30]
    found = engine.translate(texts, "up")
    assert max(sizes) == 4
    assert sum(sizes) == len(texts)
    assert found == [engine.translate([text], "up")[0] for text in texts]
    assert engine.translate([], "up") == []


def test_what_cannot_be_translated_is_refused_in_a_sentence(translator: Deployed) -> None:
    engine = translator.engine("short")
    for text, target, why in (
        ("ka", "de", "no translation into 'de', only into up, re"),
        ("", "up", "the text is empty"),
        (" \n", "up", "the text is empty"),
        ("k" * 31, "up", "the text has 33 tokens, and at most 32 are read"),
    ):
        with pytest.raises(ValueError, match=why):
            engine.work(text, target)
    assert len(engine.translate(["k" * 31], "up", cut=True)) == 1


def test_text_is_read_as_in_training(translator: Deployed) -> None:
    engine = translator.engine("greedy")
    assert engine.work(" ka\u0308 \n", "up") == engine.work("k\u00e4", "up")


def test_drawn_texts_follow_from_their_seeds(translator: Deployed) -> None:
    engine = translator.engine("drawn")
    works = [engine.work("kamira", "up", seed=seed) for seed in range(16)]
    texts = engine.run(works).texts
    assert len(set(texts)) > 4
    assert engine.run(works[::-1]).texts == texts[::-1]
    assert [engine.run([work]).texts[0] for work in works] == texts


def test_a_folder_that_is_not_exported_says_so(translator: Deployed) -> None:
    with pytest.raises(SystemExit, match=r"engine.json: `python export.py nowhere` writes it"):
        translator.modules.engine.load(translator.runs / "deploys" / "nowhere")


def test_a_folder_of_an_earlier_spec_is_not_loaded(adapted: Deployed) -> None:
    folder = adapted.export("api")
    facts = json.loads((folder / "engine.json").read_text())
    (folder / "engine.json").write_text(json.dumps({**facts, "decoding": {"name": "greedy"}}))
    with pytest.raises(SystemExit, match=r"earlier spec: `python export.py` makes it anew"):
        adapted.modules.engine.load(folder)


def test_the_runtime_needs_no_torch(translator: Deployed) -> None:
    import subprocess
    import sys

    folder = translator.export("greedy")
    code = (
        "import sys; sys.modules['torch'] = sys.modules['model'] = sys.modules['data'] = None\n"
        "from pathlib import Path; from engine import load\n"
        f"print(load(Path({str(folder)!r})).translate(['kami'], 'up')[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=translator.folder, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == translator.engine("greedy").translate(["kami"], "up")[0], done.stderr
