"""The script stands by itself: it runs here on the processor, and what it measures is a profile."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfc.hardware.calibration import parsed
from tfc.run.calibrating import script

ROOT = Path(__file__).parents[2]
MIXED = {"parameter", "accumulate", "mixed"}
KINDS = "product bias cast pointwise view function attention norm dropout lookup module cat inplace".split()  # noqa: SIM905
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("calibrate") / "calibrate.py"
    found.write_text(script(), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def measured(place: Path) -> Iterator[dict]:
    """What a run wrote that was cut short: one row of a table at least is there of each."""
    out = place.with_name("cpu.json")
    words = [sys.executable, str(place), "--device", "cpu", "--quick", "--seconds", "4", "--out", str(out)]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=300, env=ONE_THREAD, cwd=place.parent
    )
    assert done.returncode == 0, done.stderr
    assert "wrote" in done.stderr and not done.stdout
    yield json.loads(out.read_text(encoding="utf-8"))


def test_it_needs_nothing_but_torch_and_the_standard_library():
    imported = set()
    for node in ast.walk(ast.parse(script())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"torch"}


def test_it_is_linted_as_the_rest_is(place: Path):
    words = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), str(place)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_what_it_measures_is_a_profile(measured: dict):
    assert measured["schema"] == 1 and measured["device"] == "cpu"
    assert measured["measured"]["command"] == "calibrate.py --device cpu --seconds 4 --quick"
    assert 0.05 < measured["floor"] < 1000
    sizes = [size for size, *_ in measured["traffic"]]
    assert sizes == sorted(sizes) and sizes[0] < 1024 and sizes[-1] > 2**27
    large, small = measured["traffic"][-1], measured["traffic"][0]
    assert large[1] > 100 * small[1]  # a quarter of a gigabyte takes longer than a kilobyte
    for rows in measured["products"].values():
        for m, _, _, *times in rows:
            assert times[0] > 0 and (times[1] is None) == (m < 256)


@pytest.mark.slow
def test_each_kind_of_call_was_timed(measured: dict):
    calls = measured["calls"]
    assert set(KINDS) | MIXED <= set(calls)
    for kind in ("product", "pointwise", "view", "function", "attention", "norm"):
        assert 0.1 < calls[kind][0] < 10_000, kind
    assert calls["product"][0] > calls["view"][0]
    assert calls["parameter"][0] == calls["inplace"][1] == 0


@pytest.mark.slow
def test_a_run_that_was_cut_short_says_so_and_can_be_read_if_it_is_whole(measured: dict):
    text = json.dumps(measured)
    assert measured["measured"]["cut"] is (measured["measured"]["seconds"] > 4)
    if measured["attention"]["fp32"] and measured["optimizer"]:
        assert parsed(text, "cpu.json").product(256, 256, 256, "fp32", "forward") > 0


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_what_is_interrupted_writes_nothing(place: Path):
    out = place.with_name("never.json")
    words = [sys.executable, str(place), "--device", "cpu", "--out", str(out)]
    child = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=ONE_THREAD)
    assert child.stderr is not None
    while "product" not in (line := child.stderr.readline()):
        assert line, "it ended before it began to measure"
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    told = child.stderr.read()
    assert child.wait(timeout=60) == 130 and "nothing was written" in told
    assert not list(place.parent.glob("never*"))


def test_a_device_without_a_name_is_asked_for(place: Path):
    words = [sys.executable, str(place), "--device", "h100_80gb", "--out", "x.json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=ONE_THREAD)
    import torch

    if not torch.cuda.is_available():
        assert done.returncode == 2 and "sees no GPU" in done.stderr
