"""What a teacher has said, on the disk: the same as when it is asked, and gone on with after a stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from tests.distill.specs import ALL, BESIDE, LOOKED_UP, TRANSLATIONS, lesson
from tests.run.folder import Folder

CPU = torch.device("cpu")


@contextmanager
def opened(folder: Folder) -> Iterator[SimpleNamespace]:
    """The scripts of a folder, its data, and a teacher that keeps its answers often."""
    torch.set_num_threads(1)
    with folder.imported() as load:
        found = SimpleNamespace(**{name: load(name) for name in ("data", "distill", "model", "teacher")})
        found.prepared = found.data.prepare(folder.data, folder.runs, quiet=True)
        found.weights = found.teacher.weights(folder.runs, found.prepared)
        found.batches = found.data.Batches(found.prepared, 32, 0)
        found.teacher.CHUNK = 100
        yield found


def asked(here: SimpleNamespace, what: str) -> Any:
    return getattr(here.teacher, what)(here.weights, here.prepared, here.batches, CPU)


def test_kept_outputs_are_those_of_a_teacher_beside(school: Callable[..., Folder]) -> None:
    """With all tokens kept, the loss differs by what 16 bits round."""
    losses = []
    for name, more in (("far", "teacher = cached(top = 72)"), ("near", "")):
        folder = school(lesson(f"loss = kl(temperature = 2)\n  {more}"), f"kept_{name}")
        with opened(folder) as here:
            net = here.model.Transformer(here.model.SMALL).eval()
            net.initialise(0)
            source = asked(here, "outputs") if more else here.teacher.load(here.weights, CPU, torch.float32)
            batches = [batch for batch, _ in zip(here.batches, range(3), strict=False)]
            losses.append([here.distill.learn(net, source, batch).item() for batch in batches])
    np.testing.assert_allclose(*losses, rtol=2e-3)


def test_outputs_go_on_where_they_were(school: Callable[..., Folder], monkeypatch: Any) -> None:
    whole, parts = school(LOOKED_UP, "outputs_whole"), school(LOOKED_UP, "outputs_parts")
    with opened(whole) as here:
        right = asked(here, "outputs")
    with opened(parts) as here:
        answers, calls = here.teacher.answers, []

        def until_stopped(*given: Any) -> Any:
            calls.append(len(given[1].labels))
            if len(calls) == 10:
                raise KeyboardInterrupt
            return answers(*given)

        monkeypatch.setattr(here.teacher, "answers", until_stopped)
        with pytest.raises(KeyboardInterrupt):
            asked(here, "outputs")
        first, calls[:] = sum(calls), [0] * 10
        found = asked(here, "outputs")
        total = len(found.sizes)
        assert 100 <= first < total and sum(calls) < total, "what was kept is not asked for again"
        assert found.ids.tobytes() == right.ids.tobytes()
        assert found.log_p.tobytes() == right.log_p.tobytes()
        calls[:] = []
        asked(here, "outputs")
        assert calls == [], "asked once"


@pytest.mark.parametrize(("spec", "pairs"), [(TRANSLATIONS, 500), (ALL, 500)])
def test_translations_go_on_where_they_were(
    school: Callable[..., Folder], monkeypatch: Any, spec: str, pairs: int
) -> None:
    name = "sampled" if spec is ALL else "translated"
    whole, parts = school(spec, f"{name}_whole"), school(spec, f"{name}_parts")
    with opened(whole) as here:
        folder = asked(here, "translations").folder
        right = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert {"train.ids", "train.ends.npy", "index.json", "tokenizer.model"} == set(right)
    with opened(parts) as here:
        best_of, calls = here.teacher.best_of, []

        def until_stopped(*given: Any) -> Any:
            calls.append(len(given[1].labels))
            if len(calls) == 9:
                raise KeyboardInterrupt
            return best_of(*given)

        monkeypatch.setattr(here.teacher, "best_of", until_stopped)
        with pytest.raises(KeyboardInterrupt):
            asked(here, "translations")
        calls[:] = [0] * 9
        folder = asked(here, "translations").folder
        assert sum(calls) < (500 if spec is TRANSLATIONS else 250)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == right
        corpus = here.data.Corpus(here.data.Prepared(folder), "train")
        assert 0.8 * pairs <= len(corpus.length) <= pairs
        shares = np.bincount(corpus.language) / len(corpus.language)
        assert abs(shares[0] - 0.8) < 0.05, "of each language as much as the corpus has"


def test_translations_are_what_the_teacher_writes(school: Callable[..., Folder]) -> None:
    """The one best text of each source is that of evaluate.py's beam."""
    with opened(school(TRANSLATIONS, "written")) as here:
        from evaluate import beam  # type: ignore[import-not-found]

        corpus = here.batches.corpus
        batch = corpus.batch(0, np.flatnonzero(corpus.bucket == 0)[:20])
        model = here.teacher.load(here.weights, CPU, torch.float32)
        right = beam(model, batch.source, batch.target[:, 0], 3, 1.0)
        found = here.teacher.best_of(model, batch)
        assert [texts[0] for texts in found if texts] == [
            text for text, texts in zip(right, found, strict=True) if texts
        ]
        assert sum(map(bool, found)) >= 18


def test_texts_that_are_like_the_reference_come_first(school: Callable[..., Folder]) -> None:
    with opened(school(ALL, "alike")) as here:
        tokenizer = here.prepared.tokenizer
        texts = [tokenizer.encode(text) for text in ("rot", "blau rot", "Hund", "blau rot Katze")]
        labels = [*tokenizer.encode("blau rot Katze"), tokenizer.eos, -100, -100]
        ranked = here.teacher.by_likeness(tokenizer, texts, labels)
        assert [tokenizer.decode(text) for text in ranked][:2] == ["blau rot Katze", "blau rot"]


def test_a_teacher_that_never_ends_is_told(school: Callable[..., Folder], monkeypatch: Any) -> None:
    with opened(school(TRANSLATIONS, "endless")) as here:
        monkeypatch.setattr(here.teacher, "best_of", lambda model, batch: [[] for _ in batch.labels])
        with pytest.raises(SystemExit, match="has not ended a single one"):
            asked(here, "translations")


def test_a_teacher_beside_computes_in_its_own_numbers(school: Callable[..., Folder]) -> None:
    with opened(school(BESIDE, "numbers")) as here:
        model = here.teacher.load(here.weights, CPU, torch.bfloat16)
        batch = next(iter(here.batches))
        states = model.states(batch.source, batch.target)
        assert states.dtype == model.table.dtype == torch.bfloat16
        assert not model.training and not states.requires_grad
        exact = here.teacher.load(here.weights, CPU, torch.float32).states(batch.source, batch.target)
        assert (states.float() - exact).abs().mean() < 0.05 * exact.abs().mean()


@pytest.mark.slow
def test_a_kill_loses_no_answer_that_was_kept(school: Callable[..., Folder]) -> None:
    """The script itself, killed while its teacher translates, and again while it is asked."""
    spec = ALL.replace("pick = reference, ", "")
    whole, killed = school(spec, "kill_whole"), school(spec, "kill_parts")
    for folder in (whole, killed):
        path = folder.path / "teacher.py"
        path.write_text(path.read_text().replace("CHUNK = 2048", "CHUNK = 10"))
    whole.run("distill.py")
    for mark in ("translations/.*/chunk-00000005.npz", "outputs/*/done"):
        child = killed.child(script="distill.py")
        for _ in range(6000):
            if [*killed.model("tiny").glob(mark)] or child.poll() is not None:
                break
            time.sleep(0.01)
        child.kill()
        child.communicate()
        assert not (killed.model("small") / "weights.safetensors").exists(), "killed too late to tell"
    said = killed.finish(script="distill.py")
    assert "asking the teacher" in said and "translating" not in said
    for file in ("weights.safetensors", "model.json"):
        assert (whole.model("small") / file).read_bytes() == (killed.model("small") / file).read_bytes()
