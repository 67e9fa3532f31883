"""From a spec to an answer with the real scripts: `tfc run`, the README's own request, `tfc verify`."""

from __future__ import annotations

import ast
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

import tfc
from tests.ports import free_port
from tests.run.folder import ONE_THREAD
from tests.run.phrases import phrases, write_pairs

SPEC = """\
edition = 1

model small {{
  family  = encoder_decoder
  layers  = 1
  width   = 32
  heads   = 2
  context = 24 tokens
  vocab   = 60
  tied    = true
}}

data {{
  tokenizer = sentencepiece
  train     = pairs("train.tsv")
  dev       = pairs("dev.tsv")
  sources   = [en]
  targets   = [de]
  languages = [en, de]
}}

train {{
  on        = cpu
  steps     = 20
  batch     = 16 sequences
  optimizer = adamw(lr = 1e-2)
}}

deploy api {{
  target    = onnxruntime(on = cpu)
  precision = int8
  output    = 1..12 tokens
  batch     = 1..4
  server {{ port = {port} }}

  require size <= 1 MiB
  require chrf.drop <= 20
  require latency.p99 <= 5 s at output = 8 tokens and load = 10%
}}
"""


@pytest.mark.slow
def test_a_spec_becomes_an_answer(tmp_path: Path):
    port = free_port()
    for split, number in (("train", 200), ("dev", 6)):
        write_pairs(tmp_path / f"{split}.tsv", phrases(number, "en", "de", seed=number))
    (tmp_path / "small.tfs").write_text(SPEC.format(port=port))
    command = [sys.executable, "-m", "tfc", "run", "small.tfs"]
    with (tmp_path / "log").open("w") as log:
        child = subprocess.Popen(command, cwd=tmp_path, env=ONE_THREAD, stdout=log, stderr=log)
    try:
        asked(port, child, tmp_path / "log")
        (block,) = re.findall(
            r"```python\n(.*?)```",
            (tmp_path / "build/small/README.md").read_text().partition("## Ask")[2],
            flags=re.DOTALL,
        )
        said = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=True)
        answers = ast.literal_eval(said.stdout)
        assert len(answers) == 2 and all(isinstance(answer, str) for answer in answers)
    finally:
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 0, (tmp_path / "log").read_text()
    found = tfc.load(tmp_path / "small.tfs").verify(tmp_path / "build/small", tell=lambda _: None)
    assert found.ok, str(found.report)
    assert {row.metric: str(row.verdict) for row in found.blocks[-1].rows if row.budget} == {
        "size": "met",
        "chrf.drop": "met",
        "latency.p99": "met",
    }


def asked(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server is ready."""
    until = time.monotonic() + 240
    while time.monotonic() < until and child.poll() is None:
        try:
            if json.load(urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1))["ready"]:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
