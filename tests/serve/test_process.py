"""`python serve.py` from its start to its end, as an operator sees it."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.serve.folder import DEPLOY, Folder, spec

BODY = {"text": "abc", "target": "de"}
TEXTS = ("one", "two", "three", "four")
GOLDEN = [{"text": text, "target": "de", "answer": f"de {text[::-1]}"} for text in TEXTS]
ENGINE = spec().replace("onnxruntime(on = cpu(cores = 2))", "tensorrt(on = l4)")


def test_it_says_where_it_listens_and_is_ready_when_it_has_tested_itself(folder: Folder) -> None:
    with folder.start() as server:
        address = server.ready()
        assert server.line().endswith("; 1 of 1 answers are those of the export")
        answer = httpx.post(f"{address}/translate", json=BODY)
        assert answer.json() == {"translations": "de cba"}
        assert "server" not in answer.headers
        server.child.send_signal(signal.SIGINT)
        assert server.ended() == (0, "")


def test_an_answer_does_not_wait_for_the_client_to_acknowledge_its_head(folder: Folder) -> None:
    """Which takes 40 ms on Linux, each time, where TCP is left to gather what is written."""
    with folder.start() as server, httpx.Client(base_url=server.ready()) as client:
        times = [client.post("/translate", json=BODY).elapsed.total_seconds() for _ in range(20)]
    assert min(times) < 0.035


def test_an_engine_that_answers_otherwise_is_not_served(tmp_path: Path) -> None:
    golden = [
        {"text": "one", "target": "de", "answer": "de eno"},
        {"text": "two", "target": "fr", "answer": "x"},
    ]
    with Folder(tmp_path / "folder", golden=golden).start() as server:
        server.line()
        assert server.ended() == (
            1,
            "not fit to serve: {'text': 'two', 'target': 'fr'} is answered 'fr owt', and was 'x'\n",
        )


@pytest.mark.parametrize("wrong", [0, 1, 2, 3])
def test_half_of_the_answers_of_another_program_are_enough(tmp_path: Path, wrong: int) -> None:
    golden = [{**one, "answer": "x"} for one in GOLDEN[:wrong]] + GOLDEN[wrong:]
    facts = {"target": "tensorrt", "golden": golden, "golden_by": "onnxruntime"}
    with Folder(tmp_path / "folder", ENGINE, **facts).start() as server:
        server.line()
        if wrong <= 2:
            assert server.line().endswith(f"{4 - wrong} of 4 answers are those of the export")
        else:
            code, said = server.ended()
            assert code == 1 and said.startswith(
                "not fit to serve: 1 of 4 answers are those of the export: {"
            )


def test_where_an_engine_stands_beside_a_program_each_is_held_to_its_own(tmp_path: Path) -> None:
    """All answers must be alike where the same program gave them, half of them else."""
    both = ENGINE + DEPLOY.format(server="port = 8001", more="").replace("deploy api", "deploy other")
    golden = [{**GOLDEN[0], "answer": "x"}, *GOLDEN[1:]]
    with Folder(tmp_path / "folder", both, golden=golden, golden_by="onnxruntime").start("api") as server:
        server.line()
        code, said = server.ended()
        assert code == 1 and said.startswith("not fit to serve: 3 of 4 answers")
    facts = {"target": "tensorrt", "golden": golden, "golden_by": "onnxruntime"}
    with Folder(tmp_path / "folder", both, **facts).start("api") as server:
        server.line()
        assert server.line().endswith("3 of 4 answers are those of the export")


def test_an_engine_that_does_not_load_is_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "folder")
    code = (folder.path / "engine.py").read_text()
    (folder.path / "engine.py").write_text(
        code.replace("    families = {", "    raise OSError('no graph')\n    families = {")
    )
    with folder.start() as server:
        server.line()
        code, said = server.ended()
    assert code == 1
    assert said.endswith("not fit to serve: no graph\n")
    assert "Traceback" in said, "which is for the log"


def accepted(metrics: str) -> int:
    """The texts that wait, and those whose batch has begun: how many share one is a matter of chance."""
    names = ("serve_waiting_texts", "serve_queue_seconds_count")
    found = dict(line.split() for line in metrics.splitlines() if line.startswith(names))
    return sum(int(float(found[name])) for name in names)


async def ask_and_stop(address: str, stop: Callable[[], None], number: int) -> list[httpx.Response]:
    """The answers to requests during which the server is stopped, once it has them all."""
    async with httpx.AsyncClient(timeout=20) as client, asyncio.timeout(20):
        bodies = [{"text": f"{index}", "target": "de"} for index in range(number)]
        asked = [asyncio.create_task(client.post(f"{address}/translate", json=body)) for body in bodies]
        while accepted((await client.get(f"{address}/metrics")).text) < number:
            await asyncio.sleep(0.01)
        stop()
        return await asyncio.gather(*asked)


def test_a_signal_loses_no_request_that_was_accepted(tmp_path: Path) -> None:
    """32 requests, of which at most 8 run and the others wait when the signal comes."""
    folder = Folder(tmp_path / "folder", spec("threads = 2"), seconds=0.05)
    bar = folder.runs / "deploys" / "api" / "bar"
    with folder.start() as server:
        address = server.ready()
        bar.touch()

        def stop() -> None:
            server.child.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{address}/livez")
            bar.unlink()

        answers = asyncio.run(ask_and_stop(address, stop, 32))
        assert server.ended()[0] == 0
    assert [answer.status_code for answer in answers] == [200] * 32
    assert [answer.json()["translations"] for answer in answers] == [f"de {str(n)[::-1]}" for n in range(32)]


def test_with_grace_it_answers_on_while_it_is_not_ready(folder: Folder) -> None:
    with folder.start("--grace", "0.5") as server:
        address = server.ready()
        server.child.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        assert httpx.get(f"{address}/readyz").status_code == 503
        assert httpx.post(f"{address}/translate", json=BODY).status_code == 200
        assert server.ended()[0] == 0


def test_a_port_that_is_taken_is_named(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with folder.start(port=port) as server:
            code, said = server.ended()
    assert code == 1
    assert said.startswith(f"127.0.0.1 port {port} cannot be listened on (")
    assert said.endswith("`--port N` takes another\n")
    assert said.count("\n") == 1


def test_without_an_export_it_says_how_to_make_one(folder: Folder, tmp_path: Path) -> None:
    with folder.start("--runs", str(tmp_path)) as server:
        path = tmp_path / "deploys" / "api" / "engine.json"
        assert server.ended() == (1, f"there is no {path}: `python export.py` writes it\n")


def test_a_line_a_request_is_to_be_asked_for(folder: Folder) -> None:
    said = {}
    for how in ("faults", "requests"):
        with folder.start("--log", how) as server:
            address = server.ready()
            httpx.post(f"{address}/translate", json=BODY)
            server.child.send_signal(signal.SIGTERM)
            said[how] = server.ended()[1]
    assert "POST" not in said["faults"]
    assert '"POST /translate HTTP/1.1" 200' in said["requests"]


def test_a_client_that_hangs_up_is_counted_and_no_longer_served(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "folder", spec("threads = 1"))
    bar = folder.runs / "deploys" / "api" / "bar"
    with folder.start() as server, httpx.Client(base_url=server.ready()) as client:
        bar.touch()
        for seconds in (0.3, 0.1):  # one that runs, and one that waits for it
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{client.base_url}/translate", json=BODY, timeout=seconds)
        for _ in range(200):
            said = client.get("/metrics").text
            if 'outcome="gone"} 2.0' in said and "serve_waiting_texts 0.0" in said:
                break
            time.sleep(0.02)
        bar.unlink()
    assert 'outcome="gone"} 2.0' in said
    assert "serve_waiting_texts 0.0" in said


def test_metrics_may_have_a_port_of_their_own(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        folder = Folder(tmp_path / "folder", spec(more=f"metrics = prometheus(port = {port})"))
        with folder.start() as server:
            code, said = server.ended()
        assert code == 1
        assert said.startswith(f"127.0.0.1 port {port}, of the metrics, cannot be listened on (")
        assert said.count("\n") == 1
    with folder.start() as server:
        address = server.ready()
        assert httpx.get(f"{address}/metrics").status_code == 404
        assert "serve_requests_total" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
        server.child.send_signal(signal.SIGTERM)
        assert server.ended()[0] == 0
