"""The option to distil: a student with half of the layers, written below the spec, which learns from the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.advise.option import Lever, Option
from tfc.advise.quality import distilled
from tfc.diagnostics.core import Safety
from tfc.fields import How
from tfc.repair.notch import Move, Notch
from tfc.spec.written import written

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate
    from tfc.spec.spec import Spec

BLOCKS = """
model {student} extends {teacher} {{
  {layers}
}}

distill {student} from {teacher} {{
{settings}
}}
"""


class Student:
    """The option of a student of the model that one `train` block trains."""

    def __init__(self, estimate: Estimate, spec: Spec) -> None:
        self.train: Any = estimate.layout.train
        self.model: Any = estimate.layout.model
        self.layout = estimate.layout
        self.spec = spec

    @property
    def name(self) -> str:
        return f"{self.model.label}_small"

    @property
    def taught(self) -> str:
        """The student that the spec has already; empty where it has none."""
        found = (
            label for label, distill in self.spec.distills.items() if distill.teacher_name == self.model.label
        )
        return next(found, "")

    def options(self) -> Iterator[Option]:
        if self.train.kind != "train" or self.taught or self.name in self.spec.models or not self.length:
            return
        if min(side.layers for side in self.learnt) < 2:
            return
        deploys = [one for one in self.spec.deploys.values() if one.model == self.model.label]
        moves = [Move((one,), "model", self.name) for one in deploys]
        if self.train.origin_of("model").how is How.DEFAULT:
            moves.append(Move((self.train,), "model", self.model.label))
        said = f", and serve it in `{deploys[0].label}`" if deploys else ""
        layers = " + ".join(str(side.layers) for side in self.student_layers())
        title = f"distil a student of {layers} layer{'' if layers == '1' else 's'}{said}"
        yield Option(
            Lever.DISTIL,
            Notch(title, tuple(moves), Safety.CHANGES_MODEL),
            distilled(self.model.family),
            self.blocks,
            (f"distill.{self.name}",),
        )

    @property
    def learnt(self) -> tuple[Any, ...]:
        """The sides that get smaller: of a translator the decoder, where an answer spends its time."""
        return (self.model.decoder,) if self.model.family == "encoder_decoder" else self.model.sides

    def student_layers(self) -> list[Any]:
        """The sides of the student, each with `layers`."""
        return [
            side.replace(layers=side.layers // 2) if side in self.learnt else side
            for side in self.model.sides
        ]

    @property
    def length(self) -> str:
        """Half as long as the teacher learns, in the unit that it learns in."""
        for name in ("steps", "tokens", "epochs"):
            value = getattr(self.train, name)
            if value is not None:
                return f"{name} = {value / 2:g}" if name == "epochs" else f"{name} = {_scaled(value // 2)}"
        return ""

    @property
    def blocks(self) -> str:
        half = self.learnt[0].layers // 2
        layers = (
            f"decoder {{ layers = {half} }}" if self.model.family == "encoder_decoder" else f"layers = {half}"
        )
        return BLOCKS.format(
            student=self.name, teacher=self.model.label, layers=layers, settings=self.settings
        )

    @property
    def settings(self) -> str:
        """The lines of its lesson; on several devices the layout is tfc's to choose, for a teacher stands beside it."""
        name, _, length = self.length.partition(" = ")
        several = self.layout.count > 1
        lines = {
            "on": self.said("on"),
            name: length,
            "batch": self.said("batch"),
            "loss": "kl",
            "init": "layers(uniform)",
            **({"recompute": "auto"} if several else {}),
        }
        width = max(map(len, lines))
        written_ = [f"  {name:<{width}} = {value}" for name, value in lines.items()]
        return "\n".join([*written_, *(["  parallel { zero = auto }"] if several else [])])

    def said(self, name: str) -> str:
        """A setting of the teacher's as its line has it."""
        span = self.train.origin_of(name).span
        text = span.text.partition("=")[2].strip() if span is not None else ""
        return text or written(getattr(self.train, name))


def _scaled(number: int) -> str:
    """`500 B` for 500 000 000 000: as a person writes it."""
    for scale, factor in (("B", 10**9), ("M", 10**6)):
        if number % factor == 0 and number:
            return f"{number // factor} {scale}"
    return f"{number:_}" if number >= 10_000 else str(number)
