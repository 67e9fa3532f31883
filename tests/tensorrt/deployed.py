"""Small models of each family, exported for engines, that this process imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.evaluate.generated import PAIRS, TEXT
from tests.export.folders import Deployed

DEPLOY = """
deploy {name} {{
  target    = tensorrt(on = {device})
  precision = {precision}
  batch     = 1..4
  {more}
}}
"""
INT8 = "int8(calibrate = data.train)"


def deploy(name: str, precision: str, more: str = "", device: str = "l4") -> str:
    return DEPLOY.format(name=name, device=device, precision=precision, more=more)


SPECS = {
    "encoder_decoder": PAIRS.format(more="position = rope, norm = rms, ffn = swiglu")
    + deploy("api", INT8, "decoding = beam(width = 3)")
    + deploy("swift", "fp16"),
    "decoder": TEXT.format(family="decoder", tokenizer="bytes") + deploy("api", INT8, "input = 1..10"),
    "encoder": TEXT.format(family="encoder", tokenizer="bytes") + deploy("api", "fp32"),
}


class ForEngines(Deployed):
    """A folder whose deployments are for engines, trained a little and exported."""

    def __init__(self, folder: Path, family: str) -> None:
        super().__init__(folder, SPECS[family])
        self.family = family
        self.save(self.model(steps=20 if family == "encoder_decoder" else 0))
        for name in self.deploys:
            self.run("export", name) if len(self.deploys) > 1 else self.run("export")

    @property
    def deploys(self) -> list[str]:
        return ["api", "swift"] if self.family == "encoder_decoder" else ["api"]

    def place(self, name: str = "api") -> Path:
        """What was exported."""
        return self.runs / "deploys" / name

    def build(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `build_engine.py` as a user does."""
        command = [sys.executable, "build_engine.py", *words]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)
