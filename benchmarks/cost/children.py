"""Each row in a process of its own, started quickly: a fork of one that has imported torch and never touched the GPU.

Where a fork cannot use the GPU (some import has touched it), a fresh interpreter is started for each row instead.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What the estimate takes to be set, as the calibration rows had it, and what makes a fork possible.
SETTINGS = {"PYTORCH_ALLOC_CONF": "expandable_segments:True"}
QUIET = {
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
    "TORCH_WARM_POOL": "0",
}
COMPILER = ("torch._dynamo", "torch._inductor.compile_fx", "torch._inductor.codegen.triton")
LITTLE = "MEASURE_IMPORTS_LITTLE"  # set where the compiler's imports must be left to the children
MARK = "said: "  # before what a fresh interpreter has found, among what it prints


class Children:
    """Runs functions in processes of their own."""

    def __init__(self, device: str, seconds: float, spawns: bool = False) -> None:
        for name, value in (SETTINGS | QUIET).items():
            os.environ.setdefault(name, value)
        self.seconds, self.forks = seconds, hasattr(os, "fork") and not spawns
        if self.forks:
            preload()
            said = self.run(usable, device)
            self.forks = "error" not in said
            if not self.forks:
                self._do_without(said["error"])

    def _do_without(self, why: str) -> None:
        """Some import has touched the GPU: begin anew with fewer, or else without a fork."""
        print(f"a fork cannot use the GPU: {why[:200]}", file=sys.stderr, flush=True)
        if LITTLE not in os.environ:
            os.environ[LITTLE] = "1"
            os.execv(sys.executable, [sys.executable, *sys.argv])

    def run(self, function: Callable[..., Any], *given: Any, log: Path | None = None) -> dict[str, Any]:
        """What a function says of what JSON can hold; an `error` where it does not come to its end."""
        return (self._forked if self.forks else self._spawned)(function, given, log)

    def _forked(
        self, function: Callable[..., Any], given: tuple[Any, ...], log: Path | None
    ) -> dict[str, Any]:
        reads, writes = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            os.close(reads)
            _behave(function, given, writes, log)
        os.close(writes)
        text, end = b"", time.monotonic() + self.seconds
        while select.select([reads], [], [], max(0.0, end - time.monotonic()))[0]:
            part = os.read(reads, 1 << 20)
            if not part:
                break
            text += part
        else:
            os.kill(child, signal.SIGKILL)
            text = json.dumps({"error": f"it took more than {self.seconds:g} s"}).encode()
        os.close(reads)
        _, status = os.waitpid(child, 0)
        return json.loads(text) if text else {"error": f"the process ended with status {status}"}

    def _spawned(
        self, function: Callable[..., Any], given: tuple[Any, ...], log: Path | None
    ) -> dict[str, Any]:
        command = [sys.executable, __file__, function.__module__, function.__name__, json.dumps(given)]
        with (log or Path(os.devnull)).open("w") as errors:
            try:
                done = subprocess.run(
                    command, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=self.seconds
                )
            except subprocess.TimeoutExpired:
                return {"error": f"it took more than {self.seconds:g} s"}
        line = done.stdout.rpartition(MARK)[2]
        return json.loads(line) if line else {"error": f"the process ended with status {done.returncode}"}


def _behave(function: Callable[..., Any], given: tuple[Any, ...], writes: int, log: Path | None) -> None:
    """In the child: run, tell, and leave at once, without what the parent has open."""
    try:
        target = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(target, 1)
        os.dup2(target, 2)
        try:
            said = function(*given)
        except BaseException as error:
            traceback.print_exc()
            said = {"error": f"{type(error).__name__}: {error}"[:400]}
        sys.stdout.flush()
        sys.stderr.flush()
        with os.fdopen(writes, "w") as pipe:
            pipe.write(json.dumps(said))
    finally:
        os._exit(0)


def preload() -> None:
    """Import what every row imports; nothing of it may touch the GPU."""
    importlib.import_module("numpy")
    importlib.import_module("torch")
    for name in () if LITTLE in os.environ else ("triton", *COMPILER):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def usable(device: str) -> dict[str, Any]:
    """Whether a process can use the device at all."""
    import torch

    return {"sum": float(torch.ones(8, device=device).sum())}


def asked(*command: str) -> str:
    """What a command says, or nothing where there is none."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


if __name__ == "__main__":
    module, name, given = sys.argv[1:]
    said = getattr(importlib.import_module(module), name)(*json.loads(given))
    sys.stdout.write(f"\n{MARK}{json.dumps(said)}")
    sys.stdout.flush()
    os._exit(0)
