"""The metrics of a training run from its log, and the parameters of a model from its weights."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure
from tfc.run.measured import lines, of_log
from tfc.units import Dimension
from tfc.verify.measured import Measured, Unmeasured

LENGTH = 8  # bytes at the head of a file of safetensors that say how long its header is


class Learnt:
    """What the log of a run says of one `train` or `distill` block."""

    def __init__(self, estimate: Estimate, folder: Path) -> None:
        self.estimate, self.folder = estimate, folder
        self.logged = of_log(folder)

    def metric(self, name: str) -> Measured | Unmeasured:
        """A metric of the reference; one of quality is not here."""
        if name in self.logged:
            return Measured(self.logged[name], self._dimension(name))
        if name in ("time", "cost"):
            return self._time() if name == "time" else self._cost()
        return Unmeasured("`log.jsonl` does not tell it")

    def _dimension(self, name: str) -> Dimension:
        figure = self.estimate.metric(name)
        assert isinstance(figure, Figure)
        return figure.dimension

    def _time(self) -> Measured | Unmeasured:
        """Of all steps, as the lines of the log say how long those before them took."""
        seconds, before = 0.0, 0
        for line in lines(self.folder / "log.jsonl"):
            if "step_seconds" in line:
                seconds += line["step_seconds"] * (line["step"] - before)
                before = line["step"]
        if not before:
            return Unmeasured("`log.jsonl` has no line with the time of a step")
        return Measured(seconds, Dimension.TIME, "of the steps, without checkpoints and validation")

    def _cost(self) -> Measured | Unmeasured:
        """As much more than predicted as the time is."""
        cost, time, took = self.estimate.metric("cost"), self.estimate.metric("time"), self._time()
        if not isinstance(cost, Figure) or not isinstance(time, Figure) or isinstance(took, Unmeasured):
            return Unmeasured("there is no price, or no time")
        return Measured(
            cost.value * took.value / time.value, cost.dimension, "at the list price, of the steps"
        )


def parameters(weights: Path) -> Measured | Unmeasured:
    """How many numbers a file of weights holds, as its header says."""
    try:
        with weights.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(LENGTH), "little")))
    except OSError:
        return Unmeasured(f"there is no `{weights.name}` of it")
    except ValueError:
        return Unmeasured(f"`{weights.name}` is no file of weights")
    shapes = (tensor["shape"] for name, tensor in header.items() if name != "__metadata__")
    return Measured(sum(prod(shape) for shape in shapes), Dimension.COUNT)
