"""The command line as tests call it: in this process, which is quick, or in one of its own, as users do."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch


@dataclass(frozen=True)
class Outcome:
    """What a command line did: its exit code, its standard output and its standard error."""

    code: int
    out: str
    err: str

    @property
    def transcript(self) -> str:
        """Both streams and the exit code, as a golden file holds them."""
        err = f"--- standard error\n{self.err}" if self.err else ""
        return f"{self.out}{err}--- exit code {self.code}\n"


def tfc(*words: str, cwd: Path, stdin: bytes = b"", encoding: str = "utf-8", **env: str) -> Outcome:
    """Run `tfc WORDS` in `cwd`, in this process."""
    from tfc.cli.main import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="") for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        patch.object(sys, "stdin", given),
        patch.object(sys, "argv", ["tfc", *words]),
        patch.dict(os.environ, {"COLUMNS": "100", **env}),
    ):
        code = main(list(words))
    return Outcome(code, text(out), text(err))


def text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode(stream.encoding)  # type: ignore[attr-defined]


def process(*words: str, cwd: Path, stdin: bytes = b"", **env: str) -> Outcome:
    """Run `python -m tfc WORDS` in `cwd`, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tfc", *words],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**os.environ, "COLUMNS": "100", **env},
        timeout=600,  # which a machine that has other things to do may need
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
