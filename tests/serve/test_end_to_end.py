"""From a spec to answers over HTTP, with the real runtime: trained a little, exported, served, asked, stopped."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.run.folder import Folder
from tests.run.phrases import phrases, write, write_pairs
from tests.run.specs import READER, TRANSLATOR, changed
from tests.serve.folder import DEPLOY, Process

SOURCES = [pair[0] for pair in phrases(40, "en", "de", seed=9)]
SHORT = {"train__steps": "10", "train__checkpoint": ""}


def exported(place: Path, spec: str, *deploys: str) -> Folder:
    """The folder of a spec with deployments, each with what it says more, trained for ten steps and exported."""
    for language in ("de", "fr"):
        write_pairs(place / f"train.en-{language}.tsv", phrases(300, "en", language, seed=1))
        write_pairs(place / f"dev.en-{language}.tsv", phrases(20, "en", language, seed=2))
    write(place / "train.txt", SOURCES * 10)
    names = [f"api{number or ''}" for number in range(len(deploys))]
    for name, more in zip(names, deploys, strict=True):
        spec += DEPLOY.format(server="threads = 2", more=more).replace("deploy api", f"deploy {name}")
    folder = Folder(place, spec, "folder")
    folder.train()
    for name in names:
        folder.run("export.py", name)
    return folder


def served(folder: Folder, *words: str) -> Process:
    return Process(folder, "--runs", str(folder.runs), "--port", "0", *words)


async def each_and_all(
    address: str, path: str, name: str, body: dict[str, Any]
) -> tuple[list[Any], list[Any]]:
    """The answers to each text in a request of its own, one after the other, and to all at once."""
    (kind,) = (kind for kind in ("text", "prompt") if kind in body)
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        alone = []
        for text in body[kind]:
            answer = await client.post(path, json=body | {kind: text})
            assert answer.status_code == 200, answer.text
            alone.append(answer.json()[name])
        many = (client.post(path, json=body | {kind: text}) for text in body[kind])
        together, *rest = await asyncio.gather(client.post(path, json=body), *many)
        assert [answer.json()[name] for answer in rest] == alone
        return alone, together.json()[name]


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return exported(tmp_path_factory.mktemp("pairs"), changed(TRANSLATOR, **SHORT), "decoding = beam(2)")


@pytest.mark.slow
def test_a_translator_from_its_spec_to_the_last_answer(translator: Folder) -> None:
    with served(translator) as server:
        address = server.ready()
        assert "answers are those of the export" in server.line()
        body = {"text": SOURCES, "target": "fr"}
        alone, together = asyncio.run(each_and_all(address, "/translate", "translations", body))
        assert together == alone, "to the letter, whoever shares the batch"
        other = httpx.post(f"{address}/translate", json=body | {"target": "de"}).json()["translations"]
        assert len(other) == len(SOURCES)
        refused = httpx.post(f"{address}/translate", json={"text": "one", "target": "xx"})
        assert (refused.status_code, "de, fr" in refused.json()["error"]) == (422, True)
        long = httpx.post(f"{address}/translate", json={"text": "one " * 100, "target": "de"})
        assert (long.status_code, "at most 40" in long.json()["error"]) == (422, True)
        metrics = httpx.get(f"{address}/metrics").text
        assert 'serve_requests_total{outcome="answered"} 82.0' in metrics
        assert "serve_decode_seconds_count" in metrics
        server.child.send_signal(signal.SIGTERM)
        assert server.ended() == (0, "")


@pytest.mark.slow
def test_an_engine_that_is_not_that_of_the_golden_answers_is_not_served(
    translator: Folder, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    shutil.copytree(translator.runs / "deploys", runs / "deploys")
    path = runs / "deploys" / "api" / "engine.json"
    facts = json.loads(path.read_text())
    assert len(facts["golden"]) == 8
    facts["golden"][5]["answer"] += " and more"
    path.write_text(json.dumps(facts))
    with Process(translator, "--runs", str(runs), "--port", "0") as server:
        server.line()
        code, said = server.ended()
    assert code == 1
    assert said.startswith("not fit to serve: {'text': '")


@pytest.mark.slow
def test_a_writer(tmp_path: Path) -> None:
    folder = exported(tmp_path, changed(READER, train__steps="10"), "")
    with served(folder) as server:
        body = {"prompt": [text[:12] for text in SOURCES], "tokens": 8, "temperature": 0.7, "seed": 3}
        alone, together = asyncio.run(each_and_all(server.ready(), "/generate", "texts", body))
        assert together == alone
        assert len(set(alone)) > 1


@pytest.mark.slow
def test_an_encoder(tmp_path: Path) -> None:
    hidden = {
        "model__family": "encoder",
        "model__vocab": "257",
        "train__loss": "masked",
        "train__steps": "10",
    }
    folder = exported(tmp_path, changed(READER, **hidden), "gives = states", "gives = scores")
    for deploy, gives in (("api", "states"), ("api1", "scores")):
        with served(folder, deploy) as server:
            texts = [text[:8] + "<mask>" * (gives == "scores") for text in SOURCES]
            alone, together = asyncio.run(each_and_all(server.ready(), "/encode", gives, {"text": texts}))
        assert together == alone
        if gives == "states":
            assert {len(row) for states in alone for row in states} == {32}
        else:
            assert {len(guess) for guesses in alone for guess in guesses} == {5}
