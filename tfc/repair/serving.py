"""The notches of a `deploy` block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.fields import How
from tfc.repair.notch import Move, Notch
from tfc.repair.training import LARGER

if TYPE_CHECKING:
    from tfc.cost.latency import ServingEstimate
    from tfc.cost.verdict import Verdict

NARROWER = {"fp32": "fp16", "fp16": "int8", "bf16": "int8"}


class Deployed:
    """What may be moved in one `deploy` block."""

    def __init__(self, estimate: ServingEstimate) -> None:
        self.serving = estimate.serving
        self.deploy: Any = estimate.serving.deploy

    def notches(self, verdict: Verdict) -> Iterator[Notch]:
        """Candidates against one broken budget, in no order."""
        yield from self.fewer_bits()
        yield from self.round_all()
        yield from self.fewer_beams()
        if verdict.budget.metric.startswith("memory"):
            yield from self.smaller_batch()
            yield from self.shorter("output")
            yield from self.shorter("input")
        yield from self.larger_device()

    def move(self, name: str, text: str) -> Move:
        return Move((self.deploy,), name, text)

    def fewer_bits(self) -> Iterator[Notch]:
        precision = self.deploy.precision
        fewer = NARROWER.get(precision.name)
        if fewer is None or self.deploy.origin_of("precision").how is How.AUTO:
            return
        # A CPU computes in 32 bits or in eight.
        fewer = "int8" if self.serving.device.is_cpu else fewer
        yield Notch(f"serve in {fewer}, and measure quality again", (self.move("precision", fewer),))

    def round_all(self) -> Iterator[Notch]:
        """Without one of the parts that are kept in more bits."""
        precision = self.deploy.precision
        origin = self.deploy.origin_of("precision")
        if origin.span is None:
            return
        for part in getattr(precision, "keep", ()):
            others = ", ".join(other for other in precision.keep if other != part)
            before = ", ".join(precision.keep)
            text = origin.span.text.partition("=")[2].strip()
            if f"[{before}]" in text:
                title = f"quantise {part} too, and measure quality again"
                yield Notch(title, (self.move("precision", text.replace(f"[{before}]", f"[{others}]")),))

    def fewer_beams(self) -> Iterator[Notch]:
        width = self.serving.beams
        if width > 1:
            narrower = "greedy" if width == 2 else f"beam({width // 2})"
            yield Notch(f"follow {max(1, width // 2)} of {width} beams", (self.move("decoding", narrower),))

    def smaller_batch(self) -> Iterator[Notch]:
        least, most = self.serving.batch
        if most // 2 >= least:
            yield Notch("halve the largest batch", (self.move("batch", f"{least}..{most // 2}"),))

    def shorter(self, name: str) -> Iterator[Notch]:
        least, most = getattr(self.serving, name)
        if most // 2 >= max(1, least):
            text = f"{least}..{most // 2} tokens"
            yield Notch(f"halve the longest {name}", (self.move(name, text),), last_resort=True)

    def larger_device(self) -> Iterator[Notch]:
        larger = LARGER.get(self.serving.device.name)
        if larger is not None:
            target = f"{self.deploy.target.name}(on = {larger})"
            yield Notch(f"serve on `{larger}`", (self.move("target", target),), last_resort=True)
