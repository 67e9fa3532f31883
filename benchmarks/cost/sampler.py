"""Clock and power of the GPU while rows run: nvidia-smi four times a second, and nothing where there is none."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from statistics import median

COMMAND = ("nvidia-smi", "--query-gpu=clocks.sm,power.draw", "--format=csv,noheader,nounits", "-lms", "250")
BUSY = 0.6  # of the highest power of a row: samples below it are of its start


class Sampler:
    """Samples from its making until `close`; `last` is of what came since it was asked before."""

    def __init__(self, device: str, command: tuple[str, ...] = COMMAND) -> None:
        self.file = tempfile.TemporaryFile("w+")  # noqa: SIM115, it is open as long as nvidia-smi runs
        self.read, self.process = 0, None
        if device.startswith("cuda"):
            with contextlib.suppress(OSError):
                self.process = subprocess.Popen(command, stdout=self.file, stderr=subprocess.DEVNULL)

    def last(self) -> dict[str, float]:
        """Clock in MHz and power in W, the median over samples in which the GPU was at work."""
        self.file.seek(self.read)
        samples = []
        for line in self.file.read().splitlines():
            with contextlib.suppress(ValueError):
                clock, power = map(float, line.split(","))
                samples.append((clock, power))
        self.file.seek(0, 2)
        self.read = self.file.tell()
        busy = [sample for sample in samples if sample[1] >= BUSY * max(power for _, power in samples)]
        if not busy:
            return {}
        return {"clock": median(clock for clock, _ in busy), "power": median(power for _, power in busy)}

    def close(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
        self.file.close()
