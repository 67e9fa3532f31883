"""What is allocated at the peak of one step, tensor by tensor: from torch's own record of a step."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

MOST = 80  # kinds of tensors that are told, largest first
BLOCK = 512  # bytes that the allocator rounds up to


class Recorder:
    """Records one step after the others, and says what was there when most was."""

    def __init__(self, place: Path) -> None:
        self.place, self.recording, self.there = place, False, 0
        self.events: list[dict[str, Any]] = []
        self.fault = ""

    def step(self) -> bool:
        """Called before each step after the last that is timed: whether another is wanted."""
        try:
            return self._step()
        except Exception as error:  # the row is measured all the same
            self.fault = repr(error)
            return False

    def _step(self) -> bool:
        import torch

        if not self.recording:
            self.there = torch.cuda.memory_allocated()
            torch.cuda.memory._record_memory_history(max_entries=2_000_000, stacks="python")
            self.recording = True
            return True
        torch.cuda.synchronize()
        snapshot: Any = torch.cuda.memory._snapshot()
        found = snapshot["device_traces"][torch.cuda.current_device()]
        torch.cuda.memory._record_memory_history(enabled=None)
        self.events = [event for event in found if event["action"] in ("alloc", "free_requested")]
        return False

    def peak(self) -> dict[str, Any]:
        """Bytes that were there before the step, and what it had added at its peak: size, how many, where from."""
        if self.fault:
            return {"error": self.fault}
        taken, most, moment, alive = 0, 0, 0, {}
        for number, event in enumerate(self.events):
            if event["action"] == "alloc":
                alive[event["addr"]] = rounded(event["size"])
                taken += rounded(event["size"])
            else:  # what was there before the step goes too: optimizer.zero_grad()
                taken -= alive.pop(event["addr"], rounded(event["size"]))
            if taken > most:
                most, moment = taken, number
        live: dict[int, dict[str, Any]] = {}
        before = self.there
        for event in self.events[: moment + 1]:
            if event["action"] == "alloc":
                live[event["addr"]] = event
            elif live.pop(event["addr"], None) is None:
                before -= rounded(event["size"])
        kinds = Counter((rounded(event["size"]), self._where(event)) for event in live.values())
        largest = sorted(kinds.items(), key=lambda kind: -kind[0][0] * kind[1])
        return {
            "bytes": self.there + most,
            "before": before,
            "tensors": [[size, count, where] for (size, where), count in largest[:MOST]],
            "left_out": sum(size * count for (size, _), count in largest[MOST:]),
        }

    def _where(self, event: dict[str, Any]) -> str:
        """The innermost line of the generated code that asked for it, and the one in train.py."""
        own = [
            f"{Path(frame['filename']).name}:{frame['line']} {frame['name']}"
            for frame in event.get("frames", ())
            if Path(frame["filename"]).parent == self.place
        ]
        return " < ".join(dict.fromkeys((*own[:2], *own[-1:]))) or "autograd"


def rounded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
