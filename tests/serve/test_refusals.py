"""What is not answered is refused: with the right status, one sentence, and nothing of the inside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.serve.asking import JSON, Client, asked, get, post, until, values
from tests.serve.folder import Folder, spec

GOOD = {"text": "abc", "target": "de"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"target": "de"}, "`text` is missing"),
        ({"text": "a"}, "`target` is missing"),
        (GOOD | {"texts": []}, "`texts` is not known here"),
        (GOOD | {"x" * 100: 1}, f"`{'x' * 40}` is not known here"),
        (GOOD | {"text": 3}, "`text` should be a valid string or a valid list"),
        (GOOD | {"text": None}, "`text` should be a valid string or a valid list"),
        (GOOD | {"text": ["a", None]}, "`text` should be a valid string"),
        (GOOD | {"text": []}, "`text` should have at least 1 item after validation, not 0"),
        (GOOD | {"target": 3}, "`target` should be a valid string"),
        (GOOD | {"target": "xx"}, "no language `xx`: there are de, fr"),
        (GOOD | {"target": "../../etc"}, "no language `../../etc`: there are de, fr"),
        (GOOD | {"text": " "}, "the text is empty"),
        (GOOD | {"text": ["a", "", "b"]}, "text 2 of 3: the text is empty"),
        (GOOD | {"text": "x" * 41}, "the text has 41 tokens, and the most is 40"),
        (GOOD | {"text": "\ud800"}, "`text` should be whole characters"),
        (GOOD | {"text": ["a", "\udfff"]}, "`text` should be whole characters"),
        (GOOD | {"target": "\ud800"}, "`target` should be whole characters"),
        ([GOOD], "the body is a JSON object"),
        ("text", "the body is a JSON object"),
    ],
)
def test_a_request_that_does_not_fit(served: SimpleNamespace, body: Any, sentence: str) -> None:
    answer = post(served.app, body)
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    assert not served.engine.batches


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "the body is no JSON: Expecting property name enclosed in double quotes"),
        (b'{"text": "\xff", "target": "de"}', "the body is no JSON in UTF-8"),
        (b"[" * 500_000, "the body is no JSON in UTF-8"),
        (b"1" * 50_000, "the body is no JSON in UTF-8"),
    ],
    ids=["syntax", "utf8", "deep", "long number"],
)
def test_a_body_that_is_no_json(served: SimpleNamespace, body: bytes, sentence: str) -> None:
    answer = asked(served.app, lambda client: client.post("/translate", content=body, headers=JSON))
    assert (answer.status_code, answer.json()) == (400, {"error": sentence})


def test_names_that_are_no_text_do_not_break_the_answer(served: SimpleNamespace) -> None:
    body = b'{"text": "a", "target": "de", "\\ud800": 1}'
    answer = asked(served.app, lambda client: client.post("/translate", content=body, headers=JSON))
    assert answer.status_code == 422
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonl", ""])
def test_a_body_of_another_type(served: SimpleNamespace, kind: str) -> None:
    answer = asked(
        served.app, lambda client: client.post("/translate", content=b"{}", headers={"Content-Type": kind})
    )
    assert answer.status_code == 415
    assert answer.json()["error"].startswith("a request is JSON")


def test_a_type_may_have_a_parameter(served: SimpleNamespace) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    body = b'{"text": "abc", "target": "de"}'
    answer = asked(served.app, lambda client: client.post("/translate", content=body, headers=headers))
    assert answer.status_code == 200


def test_paths_and_methods_that_there_are_not(served: SimpleNamespace) -> None:
    assert get(served.app, "/nowhere").status_code == 404
    assert get(served.app, "/%2e%2e/etc/passwd").json()["error"].startswith("there is nothing at this path")
    wrong = get(served.app, "/translate")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert set(wrong.json()) == {"error"}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A server with room for one batch of four that runs and one text that waits, 0.4 s for an answer."""
    text = spec("deadline = 400 ms\nqueue = 1\nthreads = 1\nbody = 1 KiB")
    return Folder(tmp_path_factory.mktemp("narrow") / "folder", text)


def test_a_body_beyond_its_limit_is_not_read_to_its_end(narrow: Folder) -> None:
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b" " * 500

    with narrow.served() as served:
        whole = asked(served.app, lambda client: client.post("/translate", content=b" " * 1025, headers=JSON))
        assert (whole.status_code, whole.json()) == (413, {"error": "a body may have 1,024 bytes"})
        parts = asked(served.app, lambda client: client.post("/translate", content=chunks(), headers=JSON))
        assert (parts.status_code, parts.json()) == (413, {"error": "a body may have 1,024 bytes"})
    assert read <= 4


def test_a_body_that_does_not_come_is_not_waited_for(narrow: Folder) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    with narrow.served() as served:
        answer = asked(served.app, lambda client: client.post("/translate", content=chunks(), headers=JSON))
    assert (answer.status_code, answer.json()) == (408, {"error": "the body did not come within 0.4 s"})


def test_more_than_the_queue_holds_is_refused_and_the_rest_answered(narrow: Folder) -> None:
    with narrow.served() as served:

        async def talk(client: Client) -> list[Any]:
            def ask(text: Any) -> asyncio.Task[Any]:
                return asyncio.create_task(client.post("/translate", json={"text": text, "target": "de"}))

            served.engine.gate.clear()
            runs = ask(list("abcd"))
            await until(lambda: served.engine.at_once == 1)
            waits = ask("e")
            await until(lambda: served.service.waiting() == 1)
            refused = [await ask("f"), await ask("g")]
            served.engine.gate.set()
            return [await runs, await waits, *refused]

        runs, waits, *refused = asked(served.app, talk)
        counts = values(served.app)
    assert (runs.status_code, waits.status_code) == (200, 200)
    for answer in refused:
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "1"
        assert answer.json() == {"error": "1 texts are waiting already: try again in a second"}
    assert counts['serve_requests_total{outcome="full"}'] == 2
    assert counts['serve_requests_total{outcome="answered"}'] == 2


def test_a_request_that_can_never_fit_is_told_so(narrow: Folder) -> None:
    with narrow.served() as served:
        answer = post(served.app, {"text": ["a"] * 6, "target": "de"})
    assert (answer.status_code, answer.json()) == (
        413,
        {"error": "a request may have 5 texts, this one has 6"},
    )


def test_what_is_not_answered_by_its_deadline_is_given_up(narrow: Folder) -> None:
    with narrow.served() as served:
        served.engine.gate.clear()
        late = post(served.app, GOOD)
        served.engine.gate.set()
        assert post(served.app, GOOD).status_code == 200
        counts = values(served.app)
    assert (late.status_code, late.json()) == (504, {"error": "not answered within 0.4 s"})
    assert counts['serve_requests_total{outcome="late"}'] == 1
    assert counts["serve_waiting_texts"] == 0


def test_a_fault_is_logged_under_a_name_and_says_nothing_else(
    served: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = post(served.app, {"text": "crash", "target": "de"})
    assert answer.status_code == 500
    name = answer.json()["error"].removeprefix("an unexpected fault; the log has it as ")
    assert len(name) == 12
    assert "secret" not in answer.text
    assert name in caplog.text
    assert "the secret of the engine" in caplog.text
    assert post(served.app, GOOD).status_code == 200


def test_before_it_is_ready_it_asks_for_patience(folder: Folder) -> None:
    with folder.served(ready=False) as served:
        answer = post(served.app, GOOD)
        health = [get(served.app, path) for path in ("/readyz", "/v2/health/ready", "/v2/models/api/ready")]
        assert get(served.app, "/livez").status_code == 200
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json() == {"error": "still warming up: try again in a second"}
    assert [answer.status_code for answer in health] == [503] * 3
    assert [answer.json()["ready"] for answer in health] == [False] * 3


async def left(app: Any) -> list[Any]:
    """Ask as a client does that sends its request and goes; what is sent to it."""
    messages = iter([{"type": "http.request", "body": b'{"text": "gone", "target": "de"}'}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages, None) or {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/translate",
        "headers": headers,
    }
    await app(scope | {"query_string": b"", "root_path": ""}, receive, send)
    return sent


def test_a_client_that_has_gone_leaves_the_queue(narrow: Folder) -> None:
    """Its text is never computed, and the text behind it is."""
    with narrow.served() as served:

        async def talk(client: Client) -> list[int]:
            served.engine.gate.clear()
            first = asyncio.create_task(client.post("/translate", json=GOOD))
            await until(lambda: served.engine.at_once == 1)
            assert (await left(served.app))[0]["status"] == 499
            await until(lambda: served.service.waiting() == 0)
            after = asyncio.create_task(client.post("/translate", json=GOOD | {"text": "after"}))
            await until(lambda: served.service.waiting() == 1)
            served.engine.gate.set()
            return [(await first).status_code, (await after).status_code]

        assert asked(served.app, talk) == [200, 200]
        assert served.engine.batches == [["abc"], ["after"]]
        assert values(served.app)['serve_requests_total{outcome="gone"}'] == 1
