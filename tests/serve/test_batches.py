"""Batches: who shares one, when it starts, how many run at once, and what happens when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.serve.asking import Client, asked, until, values
from tests.serve.folder import Folder, spec

SHORT, LONG = "ab", "x" * 30


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A server whose first text waits 0.1 s for others; a batch has at most four, two run at once."""
    text = spec("threads = 2").replace("wait = 5 ms", "wait = 100 ms")
    return Folder(tmp_path_factory.mktemp("patient") / "folder", text, seconds=0.02)


@pytest.fixture
def served(patient: Folder) -> Iterator[SimpleNamespace]:
    with patient.served() as found:
        yield found


def together(served: SimpleNamespace, *texts: Any) -> list[Any]:
    """The answers to texts that are asked at once."""

    async def talk(client: Client) -> list[Any]:
        return await asyncio.gather(*(ask(client, text) for text in texts))

    return asked(served.app, talk)


def ask(client: Client, text: Any) -> asyncio.Task[Any]:
    return asyncio.create_task(client.post("/translate", json={"text": text, "target": "de"}))


def test_a_batch_that_is_full_starts_at_once(served: SimpleNamespace) -> None:
    served.service.batches.wait = 1000
    together(served, "a", "b", "c", "d")
    assert [sorted(batch) for batch in served.engine.batches] == [["a", "b", "c", "d"]]


def test_a_text_alone_waits_for_others_and_then_starts(served: SimpleNamespace) -> None:
    together(served, "a")
    assert served.engine.batches == [["a"]]
    assert values(served.app)["serve_queue_seconds_sum"] >= 0.1


def test_texts_of_two_buckets_do_not_share_a_batch(served: SimpleNamespace) -> None:
    together(served, SHORT, LONG, SHORT, LONG)
    assert sorted(served.engine.batches) == [[SHORT, SHORT], [LONG, LONG]]
    assert served.engine.most_at_once == 2


def test_no_more_batches_run_at_once_than_there_are_threads(served: SimpleNamespace) -> None:
    answers = together(served, [f"{number}" for number in range(20)])
    assert [answer.status_code for answer in answers] == [200]
    assert [len(batch) for batch in served.engine.batches] == [4] * 5
    assert served.engine.most_at_once == 2
    assert served.engine.threads == {"model_0", "model_1"}


def test_what_comes_while_all_threads_compute_is_taken_together(served: SimpleNamespace) -> None:
    async def talk(client: Client) -> None:
        served.engine.gate.clear()
        full = [ask(client, text) for text in "abcdefgh"]
        await until(lambda: served.engine.at_once == 2)
        late = [ask(client, "late")]
        await until(lambda: served.service.waiting() == 1)
        late.append(ask(client, "later"))
        await until(lambda: served.service.waiting() == 2)
        served.engine.gate.set()
        await asyncio.gather(*full, *late)

    asked(served.app, talk)
    assert served.engine.batches[2:] == [["late", "later"]]


def test_a_fault_is_that_of_its_batch_alone(served: SimpleNamespace) -> None:
    answers = together(served, "crash", SHORT, LONG)
    assert [answer.status_code for answer in answers] == [500, 500, 200]
    answers = together(served, SHORT)
    assert [answer.status_code for answer in answers] == [200]


def test_a_request_whose_batch_fails_leaves_nothing_behind(served: SimpleNamespace) -> None:
    answers = together(served, ["crash", *"abcdefghijklmnopqrs"])
    assert [answer.status_code for answer in answers] == [500]
    assert len(served.engine.batches) < 5, "the last of which was still waiting"
    assert served.service.waiting() == 0


def test_a_queue_of_none_takes_what_can_start(tmp_path: Path) -> None:
    with Folder(tmp_path / "folder", spec("queue = 0\nthreads = 1")).served() as served:

        async def talk(client: Client) -> list[int]:
            served.engine.gate.clear()
            all_five = [ask(client, text) for text in "abcde"]
            await until(lambda: any(one.done() for one in all_five))
            served.engine.gate.set()
            return sorted(answer.status_code for answer in await asyncio.gather(*all_five))

        assert asked(served.app, talk) == [200, 200, 200, 200, 429]


def test_what_is_measured(served: SimpleNamespace) -> None:
    together(served, "abc", "ab", LONG)
    found = values(served.app)
    assert found["serve_queue_seconds_count"] == 3
    assert found["serve_encode_seconds_sum"] == pytest.approx(0.01)
    assert found["serve_decode_seconds_sum"] == pytest.approx(0.02)
    assert found["serve_total_seconds_count"] == 3
    assert found["serve_total_seconds_sum"] >= 0.36
    assert found["serve_batch_texts_sum"] == 3
    assert found['serve_batch_texts_bucket{le="1.0"}'] == 1
    assert found['serve_batch_texts_bucket{le="4.0"}'] == 2
    assert found["serve_tokens_total"] == len("de cbade bade ") + len(LONG)
    assert found['serve_requests_total{outcome="answered"}'] == 3
    assert found['serve_requests_total{outcome="refused"}'] == 0
    assert found["serve_waiting_texts"] == 0
    assert found["process_resident_memory_bytes"] > 1e7
    edges = [name for name in found if name.startswith("serve_total_seconds_bucket")]
    assert len(edges) == 37
    assert not [name for name in found if name.endswith("_created")]
