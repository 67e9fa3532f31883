"""Servers of models that do not translate: their routes, and what these take and give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.serve.asking import get, post
from tests.serve.folder import DEPLOY, Folder, other, spec


def asked_by(parameters: dict[str, Any], *texts: str) -> dict[str, Any]:
    tensor = {"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": list(texts)}
    return {"inputs": [tensor], "parameters": parameters}


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    golden = [{"prompt": "one", "answer": "one: (None, None, 0)"}]
    folder = Folder(
        tmp_path_factory.mktemp("writer") / "folder", other("decoder"), family="decoder", golden=golden
    )
    with folder.served() as served:
        yield served


def test_what_follows_a_prompt(writer: SimpleNamespace) -> None:
    body = {"prompt": "a", "tokens": 5, "temperature": 0.5, "seed": 3}
    assert post(writer.app, body, "/generate").json() == {"texts": "a: (5, 0.5, 3)"}
    assert post(writer.app, {"prompt": ["a", "b"]}, "/generate").json() == {
        "texts": ["a: (None, None, 0)", "b: (None, None, 0)"]
    }
    assert post(writer.app, {"text": "a", "target": "de"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "`prompt` is missing"),
        ({"text": "a"}, "`prompt` is missing"),
        ({"prompt": "a", "text": "b"}, "`text` is not known here"),
        ({"prompt": "a", "tokens": 0}, "`tokens` should be greater than or equal to 1"),
        ({"prompt": "a", "temperature": -1}, "`temperature` should be greater than or equal to 0"),
        ({"prompt": "a", "temperature": float("nan")}, "`temperature` should be a finite number"),
        ({"prompt": "a", "temperature": "hot"}, "`temperature` should be a valid number"),
        ({"prompt": "a", "seed": -1}, "`seed` should be greater than or equal to 0"),
        ({"prompt": "a", "seed": 2**63}, f"`seed` should be less than {2**63}"),
        ({"prompt": "a", "seed": True}, "`seed` should be a valid integer"),
        ({"prompt": ""}, "the text is empty"),
    ],
)
def test_what_a_prompt_cannot_be(writer: SimpleNamespace, body: Any, sentence: str) -> None:
    answer = post(writer.app, body, "/generate")
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})


def test_prompts_by_the_open_inference_protocol(writer: SimpleNamespace) -> None:
    found = post(writer.app, asked_by({"tokens": 2}, "a"), "/v2/models/api/infer").json()
    output = {"name": "continuation", "datatype": "BYTES", "shape": [1], "data": ["a: (2, None, 0)"]}
    assert found == {"model_name": "api", "outputs": [output]}
    assert get(writer.app, "/v2/models/api").json()["outputs"] == [
        {"name": "continuation", "datatype": "BYTES", "shape": [-1]}
    ]


def test_a_vector_for_each_token(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "folder", other("encoder"), family="encoder", gives="states", golden=[])
    with folder.served() as served:
        assert post(served.app, {"text": "ab"}, "/encode").json() == {"states": [[97, -0.5], [98, -0.5]]}
        many = post(served.app, {"text": ["a", "bc"]}, "/encode").json()
        assert many == {"states": [[[97, -0.5]], [[98, -0.5], [99, -0.5]]]}
        found = post(served.app, asked_by({}, "a", "bc"), "/v2/models/api/infer").json()["outputs"]
        assert found == [
            {"name": "states", "datatype": "FP32", "shape": [3, 2], "data": [97, -0.5, 98, -0.5, 99, -0.5]},
            {"name": "tokens", "datatype": "INT64", "shape": [2], "data": [1, 2]},
        ]
        said = get(served.app, "/v2/models/api").json()["outputs"]
        assert [(one["name"], one["datatype"]) for one in said] == [("states", "FP32"), ("tokens", "INT64")]


def test_the_likeliest_where_a_token_is_hidden(tmp_path: Path) -> None:
    text = other("encoder", "gives = scores")
    folder = Folder(tmp_path / "folder", text, family="encoder", gives="scores", golden=[])
    guess = [["a", 0], ["b", -1], ["c", -2], ["d", -3], ["e", -4]]
    with folder.served() as served:
        assert post(served.app, {"text": "x?y?"}, "/encode").json() == {"scores": [guess, guess]}
        found = post(served.app, asked_by({}, "?", "xy"), "/v2/models/api/infer").json()["outputs"]
        assert found == [
            {"name": "guess", "datatype": "BYTES", "shape": [1, 5], "data": ["a", "b", "c", "d", "e"]},
            {"name": "score", "datatype": "FP32", "shape": [1, 5], "data": [0, -1, -2, -3, -4]},
            {"name": "hidden", "datatype": "INT64", "shape": [2], "data": [1, 0]},
        ]


def test_two_deployments_of_an_encoder_give_different_things(tmp_path: Path) -> None:
    text = other("encoder") + DEPLOY.format(more="gives = scores", server="port = 8001").replace(
        "api", "guess"
    )
    folder = Folder(tmp_path / "folder", text, family="encoder", gives="states", golden=[])
    folder.export("guess", family="encoder", gives="scores", golden=[])
    with folder.served() as served:
        serve = served.modules.serve
        service = serve.Service(folder.runs / "deploys" / "guess", serve.DEPLOYS["guess"])
        service.prepare()
        guessing = serve.application(service)
        assert set(post(served.app, {"text": "?"}, "/encode").json()) == {"states"}
        assert set(post(guessing, {"text": "?"}, "/encode").json()) == {"scores"}
        for app, name, outputs in ((served.app, "api", 2), (guessing, "guess", 3)):
            assert len(post(app, asked_by({}, "?"), f"/v2/models/{name}/infer").json()["outputs"]) == outputs
            assert len(get(app, f"/v2/models/{name}").json()["outputs"]) == outputs


def test_a_translator_that_draws_its_words_takes_a_seed(tmp_path: Path) -> None:
    golden = [{"text": "one", "target": "de", "answer": "de eno"}]
    with Folder(tmp_path / "folder", spec(more="decoding = sample"), golden=golden).served() as served:
        found = post(served.app, {"text": "abc", "target": "de", "seed": 7}).json()
        assert found == {"translations": "de 7 cba"}
    with Folder(tmp_path / "greedy", spec()).served() as served:
        assert post(served.app, {"text": "abc", "target": "de", "seed": 7}).status_code == 422
