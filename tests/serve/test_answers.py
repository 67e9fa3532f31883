"""What is asked is answered: in order, in the shape in which it was asked, on every path."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from tests.serve.asking import Client, asked, get, post

TENSOR = {"name": "text", "shape": [2], "datatype": "BYTES", "data": ["ab", "cd"]}


def test_a_string_for_a_string_and_a_list_for_a_list(served: SimpleNamespace) -> None:
    assert post(served.app, {"text": "abc", "target": "fr"}).json() == {"translations": "fr cba"}
    one = post(served.app, {"text": ["abc"], "target": "de"})
    assert (one.status_code, one.json()) == (200, {"translations": ["de cba"]})


def test_many_texts_are_spread_over_batches_and_come_back_in_order(served: SimpleNamespace) -> None:
    texts = [f"{number} " + "x" * (number % 2 * 20) for number in range(30)]
    found = post(served.app, {"text": texts, "target": "de"}).json()["translations"]
    assert found == [f"de {text[::-1]}" for text in texts]
    sizes = [len(batch) for batch in served.engine.batches]
    assert sum(sizes) == 30
    assert max(sizes) == 4
    assert all(len({len(text) > 16 for text in batch}) == 1 for batch in served.engine.batches)


def test_requests_share_a_batch_and_each_gets_its_own(served: SimpleNamespace) -> None:
    async def talk(client: Client) -> list[str]:
        bodies = [{"text": f"{number}a", "target": "de"} for number in range(4)]
        answers = await asyncio.gather(*(client.post("/translate", json=body) for body in bodies))
        return [answer.json()["translations"] for answer in answers]

    assert asked(served.app, talk) == ["de a0", "de a1", "de a2", "de a3"]
    assert [len(batch) for batch in served.engine.batches] == [4]


def test_text_is_unicode_on_the_way_in_and_out(served: SimpleNamespace) -> None:
    text = "naïve 漢字 🙂\u2028\x00"
    assert post(served.app, {"text": text, "target": "de"}).json()["translations"] == f"de {text[::-1]}"


def test_the_first_page_says_what_there_is(served: SimpleNamespace) -> None:
    found = get(served.app, "/").json()
    assert found["deploy"] == "api"
    assert found["targets"] == ["de", "fr"]
    assert found["paths"]["/translate"] == "POST"
    schema = get(served.app, "/openapi.json").json()
    assert set(schema["components"]["schemas"]["Translation"]["properties"]) == {"text", "target"}
    assert get(served.app, "/docs").status_code == 200


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/livez", {"live": True}),
        ("/readyz", {"ready": True}),
        ("/v2", {"name": "api", "version": "0123456789ab", "extensions": []}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/api/ready", {"name": "api", "ready": True}),
        (
            "/v2/models/api",
            {
                "name": "api",
                "platform": "onnxruntime",
                "inputs": [{"name": "text", "datatype": "BYTES", "shape": [-1]}],
                "outputs": [{"name": "translation", "datatype": "BYTES", "shape": [-1]}],
            },
        ),
    ],
)
def test_health_and_what_the_open_inference_protocol_says(
    served: SimpleNamespace, path: str, found: dict[str, object]
) -> None:
    answer = get(served.app, path)
    assert (answer.status_code, answer.json()) == (200, found)


def test_the_open_inference_protocol_answers_as_the_route_does(served: SimpleNamespace) -> None:
    body = {
        "id": "7",
        "inputs": [TENSOR],
        "parameters": {"target": "de"},
        "outputs": [{"name": "translation"}],
    }
    found = post(served.app, body, "/v2/models/api/infer").json()
    output = {"name": "translation", "datatype": "BYTES", "shape": [2], "data": ["de ba", "de dc"]}
    assert found == {"id": "7", "model_name": "api", "outputs": [output]}


@pytest.mark.parametrize(
    ("status", "sentence", "tensor", "more"),
    [
        (422, "there is one input, `text`", {"name": "x"}, {}),
        (422, "`text` is of datatype BYTES", {"datatype": "FP32"}, {}),
        (422, "`text` has 2 items, which is not its shape", {"shape": [3]}, {}),
        (422, "`text` has 2 items, which is not its shape", {"shape": [-1, -2]}, {}),
        (422, "`text` should be a valid string", {"data": ["a", 3]}, {}),
        (422, "`text` should be a valid string", {"data": [["a"], "b"]}, {}),
        (422, "`target` is missing", {}, {"parameters": {}}),
        (422, "`beams` is not known here", {}, {"parameters": {"target": "de", "beams": 3}}),
        (422, "text 1 of 2: no language `xx`: there are de, fr", {}, {"parameters": {"target": "xx"}}),
        (422, "`inputs` is missing", {}, {"inputs": None}),
    ],
)
def test_what_the_open_inference_protocol_cannot_ask(
    served: SimpleNamespace, status: int, sentence: str, tensor: dict[str, object], more: dict[str, object]
) -> None:
    body = {"inputs": [TENSOR | tensor], "parameters": {"target": "de"}} | more
    body = {name: value for name, value in body.items() if value is not None}
    answer = post(served.app, body, "/v2/models/api/infer")
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})


def test_another_model_is_not_served(served: SimpleNamespace) -> None:
    for path in ("/v2/models/other", "/v2/models/other/ready"):
        answer = get(served.app, path)
        assert (answer.status_code, answer.json()) == (404, {"error": "there is one model, `api`"})
