"""Rows are run through the generated scripts, on a CPU and tiny; what is done is not done again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boundary
import children
import grid
import pytest
import snapshot
import trial
from sampler import Sampler

NAMES = ("test.encoder_small", "test.distil_pairs")
CHOSEN = [row for row in grid.rows() if row.name in (*NAMES, "boundary.decoder_3b")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("rows")
    for row in CHOSEN:
        grid.compile_row(row, found / row.name, tiny=True)
    (found / "order.json").write_text(json.dumps([row.name for row in CHOSEN]))
    return found


def run(script: str, folder: Path, *given: str) -> tuple[str, list[dict[str, Any]]]:
    out = folder / "found.jsonl"
    command = [
        sys.executable,
        str(grid.HERE / script),
        str(folder),
        "--out",
        str(out),
        "--device",
        "cpu",
        *given,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stderr, [json.loads(line) for line in out.read_text().splitlines()]


@pytest.mark.slow
def test_rows_are_measured_and_not_again(folder: Path):
    _, lines = run("measure.py", folder, "--rows", *NAMES)
    found = {line["row"]: line for line in lines if "row" in line}
    assert set(found) == set(NAMES)
    for line in found.values():
        assert "error" not in line, line
        assert line["step"] > 0 and len(line["steps"]) == trial.WINDOWS and line["taken"] > 2**20
    _, again = run("measure.py", folder, "--rows", *NAMES)
    assert [line for line in again[len(lines) :] if "row" in line] == []


@pytest.mark.slow
def test_a_fresh_interpreter_does_the_same(folder: Path):
    trials = children.Children("cpu", 120, spawns=True)
    order = {"device": "cpu", "microbatch": 3, "steps": 2}
    said = trials.run(trial.one, str(folder / "boundary.decoder_3b"), order)
    assert said["done"] == 2 and said["microbatch"] == 3 and "error" not in said


def test_what_fails_is_told(tmp_path: Path):
    said = children.Children("cpu", 60, spawns=True).run(trial.one, str(tmp_path / "nothing"), {})
    assert "status" in said["error"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CUDA out of memory. Tried to allocate 2.00 GiB", True),
        ("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", True),
        ("the loss is nan at step 10", False),
    ],
)
def test_whoever_lacks_memory_is_understood(text: str, expected: bool):
    assert trial.out_of_memory(RuntimeError(text)) is expected


@pytest.mark.parametrize("guess", [1, 2, 9, 10, 11, 14, 40])
@pytest.mark.parametrize("real", [1, 3, 10])
def test_the_search_finds_the_largest_that_fits(guess: int, real: int):
    room, states, each = 80_000, 20_000, 60_000 // (real + 1) + 1
    search, tries = boundary.Search(guess), 0
    while not search.found and search.fails != 1:
        size = search.next()
        assert size >= 1 and size != search.fails and size not in search.taken
        fits = size <= real
        search.learn(size, {"taken": states + each * size, "total": room} if fits else {"oom": True})
        tries += 1
        assert tries < 40
    assert search.fits == real
    assert tries == 2 or guess not in (real, real + 1)


def test_the_clock_is_that_of_a_busy_gpu():
    lines = r"1980, 120.5\n1410, 690.1\n1395, 698.0\n1380, 699.9\n"
    sampler = Sampler("cuda", ("printf", lines))
    sampler.process.wait()
    assert sampler.last() == {"clock": 1395, "power": 698.0}
    assert sampler.last() == {}
    sampler.close()


def test_a_peak_is_taken_apart():
    """Two tensors live at the peak, one of which was there before; a freed one is not among them."""
    recorder = snapshot.Recorder(Path("/rows/one"))
    frame = {"filename": "/rows/one/model.py", "line": 7, "name": "forward"}

    def event(action: str, address: int, size: int) -> dict[str, Any]:
        return {"action": action, "addr": address, "size": size, "frames": [frame]}

    recorder.there = 4096
    recorder.events = [
        event("alloc", 1, 1000),
        event("alloc", 2, 5000),
        event("free_requested", 2, 5000),
        event("alloc", 3, 2048),
        event("alloc", 4, 4096),
        event("free_requested", 4, 4096),
        event("free_requested", 99, 4096),
    ]
    found = recorder.peak()
    assert found["bytes"] == 4096 + 1024 + 2048 + 4096
    assert found["before"] == 4096 and found["left_out"] == 0
    assert found["tensors"] == [
        [4096, 1, "model.py:7 forward"],
        [2048, 1, "model.py:7 forward"],
        [1024, 1, "model.py:7 forward"],
    ]


def covering(rows: list[grid.Row]) -> list[grid.Row]:
    """Few rows that together have every variant and every word that any of them has."""
    words = {row.name: set(re.findall(r"\w+ = \[?[a-z]\w*", row.text())) | {row.kind} for row in rows}
    left, chosen = set().union(*words.values()), []
    while left:
        chosen.append(max(rows, key=lambda row: len(words[row.name] & left)))
        left -= words[chosen[-1].name]
    return chosen


@pytest.mark.slow
def test_rows_of_every_variant_load_and_step(tmp_path: Path):
    pool = children.Children("cpu", 60)
    for row in covering(grid.rows("test", "boundary")):
        place = tmp_path / row.name
        grid.compile_row(row, place, tiny=True)
        said = pool.run(trial.one, str(place), {"device": "cpu", "steps": 2}, log=place / "log")
        assert said.get("done") == 2 and "error" not in said, f"{row.name}: {said}"
