"""One run of one row: the script's own `main()`, timed from where it asks for its batches."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

import children
import synthetic

WARM_STEPS, WARM_SECONDS = 4, 1.5  # the clock of a GPU falls under load
WINDOWS, WINDOW_SECONDS = 4, 0.5
LOG = 10  # the log of train.py waits for the GPU so often: a window of many steps has its share of that
SLOW = 6  # seconds of two steps, after which a third is not taken


class Done(Exception):
    """Enough steps were taken."""


@dataclass(frozen=True)
class Order:
    """What is asked of one run."""

    device: str = "cuda"
    microbatch: int | None = None  # sequences; the row's own where there is none
    steps: int | None = None  # so many steps and no timing
    snapshot: bool = False


class Clock:
    """Told before each step; it warms up, times windows of steps, and then stops the run."""

    def __init__(self, wait: Callable[[], None], order: Order, warm: int) -> None:
        self.wait, self.order, self.warm = wait, order, warm
        self.done, self.began = 0, time.perf_counter()
        self.each: list[float] = []  # of the warm-up
        self.windows: list[float] = []
        self.host: list[float] = []
        self.length = self.inside = 0
        self.after: Callable[[], bool] | None = None  # what is still to be done; false at the end
        self.since = self.began

    def tick(self) -> None:
        if self.order.steps is not None:
            self._count()
        elif not self.length:
            self._warm_up()
        else:
            self._window()
        self.done += 1

    def _count(self) -> None:
        if self.done == self.order.steps:
            self.wait()
            raise Done
        if self.done == 2:  # the second step has all that there ever is: states and gradients
            self.wait()
            if time.perf_counter() - self.began > SLOW:
                raise Done

    def _warm_up(self) -> None:
        self.wait()
        now = time.perf_counter()
        if self.done:
            self.each.append(now - self.since)
        self.since = now
        if len(self.each) >= self.warm and now - self.began - self.each[0] >= WARM_SECONDS:
            steps = ceil(WINDOW_SECONDS / median(self.each[-3:]))
            self.length = max(2, steps if steps < LOG // 2 else LOG * ceil(steps / LOG))

    def _window(self) -> None:
        if len(self.windows) == WINDOWS:
            if self.after is None or not self.after():
                raise Done
            return
        self.inside += 1
        if self.inside == 1:
            self.host.append(time.perf_counter() - self.since)
        if self.inside == self.length:
            self.wait()
            now = time.perf_counter()
            self.windows.append((now - self.since) / self.length)
            self.since, self.inside = now, 0

    def found(self) -> dict[str, Any]:
        """Seconds, as far as there are any."""
        if not self.windows:
            return {}
        return {
            "step": median(self.windows),
            "steps": [round(seconds, 6) for seconds in self.windows],
            "of": self.length,
            "host": median(self.host),
            "first": self.each[0],
        }


def one(folder_: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Run the row in a folder as an `Order` asks; what it took, or how it ended."""
    import torch

    place, order = Path(folder_), Order(**asked)
    row = json.loads((place / "row.json").read_text())
    device, on_gpu = torch.device(order.device), order.device.startswith("cuda")
    wait = torch.cuda.synchronize if on_gpu else (lambda: None)
    before = _context(torch, device) if on_gpu else 0
    clock = Clock(wait, order, 12 if row["precision"] == "fp16" else WARM_STEPS)  # fp16 finds its scale first
    recorder = None
    if order.snapshot and on_gpu:
        from snapshot import Recorder

        recorder = Recorder(place.resolve())
        clock.after = recorder.step
    sys.path.insert(0, str(place))
    with tempfile.TemporaryDirectory() as folder:
        script = synthetic.script(row, Path(folder), device, clock.tick, order.microbatch)
        sys.argv = [row["script"], "--device", order.device, "--runs", f"{folder}/runs", "--data", folder]
        said: dict[str, Any] = {"row": row["row"], "code": row["code"], **clock.found()}
        try:
            script.main()
            said["error"] = "the script came to its end"
        except Done:
            said |= clock.found() | {"done": clock.done}
        except (RuntimeError, SystemExit) as error:
            said |= {"oom": True} if out_of_memory(error) else {}
            said["error"] = str(error)[:400]
    said |= {"microbatch": order.microbatch or row["microbatch"], "before": before}
    said |= memory(torch, device) if on_gpu else {"taken": synthetic.resident()}
    return said | ({"peak": recorder.peak()} if recorder else {})


def out_of_memory(error: BaseException) -> bool:
    """Whether a run ended since there was no memory, whoever found out: torch, cuBLAS or the driver."""
    text = str(error).lower()
    return "out of memory" in text or "alloc_failed" in text or type(error).__name__ == "OutOfMemoryError"


def _context(torch: Any, device: Any) -> int:
    """Bytes taken before the first tensor, once what an earlier process had is given back."""
    torch.cuda.init()
    torch.cuda.synchronize(device)
    taken = 0
    for _ in range(20):
        free, total = torch.cuda.mem_get_info(device)
        taken = total - free
        if taken < 1.5 * 2**30:
            break
        time.sleep(0.1)
    return taken


def memory(torch: Any, device: Any) -> dict[str, int]:
    """The three numbers, and what the device has in all."""
    free, total = torch.cuda.mem_get_info(device)
    reserved = torch.cuda.max_memory_reserved(device)
    return {
        "allocated": torch.cuda.max_memory_allocated(device),
        "reserved": reserved,
        "taken": total - free + reserved - torch.cuda.memory_reserved(device),
        "total": total,
    }


def machine(device: str) -> dict[str, Any]:
    """On what it was measured; asked in a process of its own, since a parent must not touch the GPU."""
    import torch

    said: dict[str, Any] = {"torch": torch.__version__, "python": platform.python_version()}
    if device.startswith("cuda"):
        said |= {"gpu": torch.cuda.get_device_name(), "cuda": torch.version.cuda}
        said["driver"] = children.asked(
            "nvidia-smi", "--query-gpu=driver_version,power.limit", "--format=csv,noheader"
        )
    said["settings"] = {
        name: os.environ.get(name, "") for name in (*children.SETTINGS, "CUBLAS_WORKSPACE_CONFIG")
    }
    return said
