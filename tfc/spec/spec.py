"""The spec: every block with every value, nothing left open but `auto`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.diagnostics.core import Source
from tfc.fields import Block, Origin, Setting, settings_of
from tfc.spec.budget import Budget
from tfc.spec.data import Data
from tfc.spec.deploy import Deploy
from tfc.spec.distill import Distill
from tfc.spec.model import Model
from tfc.spec.train import Train, Training, together

if TYPE_CHECKING:
    from tfc.hardware.profile import Profile

INNER = ("encoder", "decoder", "parallel", "checkpoint", "server")


@dataclass(frozen=True)
class Spec:
    """What a file says, with what it extends, the scenario and the overrides applied, and defaults filled in."""

    source: Source
    sources: tuple[Source, ...]  # the file, and those that it extends
    edition: int
    models: Mapping[str, Model]
    datas: Mapping[str, Data]
    trains: Mapping[str, Train]
    distills: Mapping[str, Distill]
    deploys: Mapping[str, Deploy]
    scenarios: tuple[str, ...] = field(default=(), compare=False)
    profiles: Mapping[str, Profile] = field(
        default_factory=dict, compare=False
    )  # by the full name of the block

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks at the top, models first."""
        groups = (self.models, self.datas, self.trains, self.distills, self.deploys)
        return tuple(block for group in groups for block in group.values())

    @property
    def compiled(self) -> str:
        """How `model.py` is written, which all blocks that train share: `none`, `functions` or `blocks`."""
        return together((*self.trains.values(), *self.distills.values()))

    def model_of(self, block: Training | Deploy) -> Model:
        """The model that a `train`, `distill` or `deploy` block is about."""
        return self.models[block.model]  # type: ignore[attr-defined]

    def data_of(self, block: Training) -> Data:
        """The data that a `train` or `distill` block learns from."""
        return self.datas[block.data]

    def profile_of(self, block: Training | Deploy) -> Profile | None:
        """What was measured of the device of a block: the profile that it names, or else the one that is shipped."""
        from tfc.hardware.calibration import shipped

        return self.profiles.get(self.full_name(block)) or shipped(device_of(block).name)

    def source_of(self, name: str) -> Any:
        """The source that `data.dev` or `data.LABEL.dev` names; None where the block has none, or there is no block."""
        _, *label, part = name.split(".")
        data = self.datas[label[0]] if label else next(iter(self.datas.values()), None)
        return getattr(data, part, None)

    def full_name(self, block: Block) -> str:
        """`train`, `model.babel`: the label is left out where there is one `data` or `train`."""
        group: Mapping[str, Block] = {"data": self.datas, "train": self.trains}.get(block.kind, {})
        alone = len(group) == 1 or not block.label
        return block.kind if alone else f"{block.kind}.{block.label}"

    def block(self, name: str) -> Block:
        """The block of a full name, such as `train.parallel` or `model.babel.encoder`; raises `KeyError`."""
        for block in self.blocks:
            # `model.width` is good enough where there is one model.
            names = {self.full_name(block), f"{block.kind}.{block.label}"}
            if sum(other.kind == block.kind for other in self.blocks) == 1:
                names.add(block.kind)
            if name in names:
                return block
            for inner in INNER:
                found = getattr(block, inner, None)
                if isinstance(found, Block) and name in {f"{outer}.{inner}" for outer in names}:
                    return found
        raise KeyError(name)

    def fields(self) -> Iterator[tuple[str, Any, Origin]]:
        """Every setting: its full name, its value and where it came from; inner blocks after their block."""
        for name, setting, holder in self.settings():
            yield name, getattr(holder, setting.attribute), holder.origin_of(setting.name)

    def settings(self) -> Iterator[tuple[str, Setting, Block]]:
        """Every setting: its full name, its declaration, and the block that has it."""
        for block in self.blocks:
            yield from _settings(block, self.full_name(block))

    @cached_property
    def hash(self) -> str:
        """A SHA-256 over the values: the same for any order, layout, comments and paths of the files."""
        from tfc.spec.written import written

        lines = [f"edition = {self.edition}"]
        lines += [f"{name} = {written(value)}" for name, value, _ in self.fields()]
        for block in self.blocks:
            name = self.full_name(block)
            lines += [
                _budget(name, budget, rank) for rank, budget in enumerate(getattr(block, "budgets", ()))
            ]
        lines += [f"distill.{label} from {distill.teacher_name}" for label, distill in self.distills.items()]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    def replace(self, **changes: Any) -> Spec:
        return replace(self, **changes)


def device_of(block: Training | Deploy) -> Any:
    """What a `train`, `distill` or `deploy` block runs on."""
    place: Any = block.target if isinstance(block, Deploy) else block
    return place.on if isinstance(block, Deploy) else place.on.device


def _settings(block: Block, name: str) -> Iterator[tuple[str, Setting, Block]]:
    for setting in settings_of(block).values():
        yield f"{name}.{setting.name}", setting, block
    for inner in INNER:
        found = getattr(block, inner, None)
        if isinstance(found, Block):
            yield from _settings(found, f"{name}.{inner}")


def _budget(name: str, budget: Budget, rank: int) -> str:
    # Several `prefer` rank by their order; of `require` the order says nothing.
    place = "" if budget.required else f" {rank}"
    conditions = sorted(f"{key} = {value}" for key, value in budget.conditions.items())
    return f"{name} {budget.strength}{place} {budget.metric} {budget.comparison} {budget.limit!r} at {conditions}"
