"""A draft to values: each setting of a block worked out when it is first asked for, so that their order is free."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from tfc.diagnostics.core import Label
from tfc.fields import (
    MISSING,
    Block,
    Computed,
    How,
    ListOf,
    Origin,
    Pattern,
    Routed,
    Setting,
    Variant,
    settings_of,
)
from tfc.spec.blocks import A_BLOCK
from tfc.spec.draft import ALL, Draft, Given
from tfc.spec.faults import Failed, Faults
from tfc.spec.forms import listed
from tfc.spec.values import Asked, Values


class Around(Mapping[str, Any]):
    """What a block sees beyond its own settings, by full name: each worked out when it is asked for."""

    def __init__(self, known: Mapping[str, Callable[[], Any]]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Any:
        return self._known[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class Filling(Mapping[str, Any]):
    """The settings of one block by name: those given, else their defaults.

    Asking for one that is wrong raises `Failed`.
    """

    def __init__(
        self, draft: Draft, declaring: type[Block], evaluator: Values, around: Mapping[str, Any]
    ) -> None:
        self.draft = draft
        self.declaring = declaring
        self.evaluator = evaluator
        self.around = around
        self.settings = settings_of(declaring)
        self.origins: dict[str, Origin] = {}
        self.absent: dict[str, Setting] = {}
        self._known: dict[str, Any] = {}

    @property
    def faults(self) -> Faults:
        return self.evaluator.faults

    def __getitem__(self, name: str) -> Any:
        setting = self.settings.get(name)
        if setting is None:
            return self.around[name]
        if name not in self._known:
            self._known[name] = Failed  # what asks for itself while it is worked out has no value either
            self._known[name] = self._worked_out(setting)
        if self._known[name] is Failed:
            raise Failed
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self.settings or name in self.around

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def __len__(self) -> int:
        return len(self.settings)

    def given(self, name: str) -> Given | None:
        """What is written for a setting, here or where this block has it from."""
        return self.draft.settings.get(name)

    def block(self, **others: Any) -> Any:
        """The block with all its settings, and with `others` that are None where they could not be had.

        Raises `Failed` if anything is wrong, having asked for every setting.
        """
        found: dict[str, Any] = {}
        failed = None in others.values()
        for name, setting in self.settings.items():
            try:
                found[setting.attribute] = self[name]
            except Failed:
                failed = True
        if failed:
            raise Failed
        return self.declaring(
            label=self.draft.label,
            origin=Origin(How.WRITTEN, self.draft.span),
            origins=self.origins,
            **found,
            **others,
        )

    def _worked_out(self, setting: Setting) -> Any:
        given = self.given(setting.name)
        if given is None:
            self.origins[setting.name] = Origin(How.DEFAULT, self.draft.span)
            return self._default(setting)
        self.origins[setting.name] = Origin(given.how, given.span)
        asked = Asked(setting.name, given.how, self)
        return self.evaluator.optional(given.value, setting.kind, asked, setting.auto)

    def _default(self, setting: Setting) -> Any:
        rule = setting.default
        value = rule.rule(self) if isinstance(rule, Computed) else rule
        if value is MISSING:
            self.missing(setting)
        if isinstance(value, Variant):
            value = value.replace(origin=self.origins[setting.name])
        kind = setting.kind.item if isinstance(setting.kind, Routed) else setting.kind
        several = isinstance(kind, Pattern) or (isinstance(kind, ListOf) and kind.single)
        return (value,) if several and isinstance(value, Variant) else value

    def missing(self, setting: Setting) -> NoReturn:
        """Note that a setting must be given, for `say_missing`. Raises `Failed`."""
        self.absent[setting.name] = setting
        raise Failed

    def say_missing(self) -> None:
        """Say which settings must be given and are not, unless that follows from another fault."""
        excused = self.draft.excused
        absent = (
            {} if ALL in excused else {name: one for name, one in self.absent.items() if name not in excused}
        )
        if absent:
            self.faults.say(
                "TFS106",
                f"{A_BLOCK[self.draft.kind]} must be given {listed(list(absent)).replace(' or ', ' and ')}",
                Label(self.draft.span, "not given here"),
                notes=tuple(f"`{name}`: {setting.doc}" for name, setting in absent.items()),
            )


class SideFilling(Filling):
    """An encoder or decoder: its own settings, else those of its model, each seen from this side."""

    def __init__(self, draft: Draft, declaring: type[Block], evaluator: Values, model: Filling) -> None:
        super().__init__(draft, declaring, evaluator, model)
        self.model = model

    def given(self, name: str) -> Given | None:
        return self.draft.settings.get(name) or self.model.draft.settings.get(name)

    def missing(self, setting: Setting) -> NoReturn:
        self.model.missing(setting)


SIDES = {"encoder_decoder": ("encoder", "decoder"), "decoder": ("decoder",), "encoder": ("encoder",)}


class ModelFilling(Filling):
    """A model. What only its sides give has the value of the last side."""

    def side(self, name: str) -> SideFilling:
        """The filling of `encoder` or `decoder`."""
        from tfc.spec.blocks import INNER

        if name not in self._sides:
            empty = Draft(name, "", self.draft.span)
            draft = self.draft.blocks.get(name, empty)
            self._sides[name] = SideFilling(draft, INNER["model"][name], self.evaluator, self)
        return self._sides[name]

    def __init__(
        self, draft: Draft, declaring: type[Block], evaluator: Values, around: Mapping[str, Any]
    ) -> None:
        super().__init__(draft, declaring, evaluator, around)
        self._sides: dict[str, SideFilling] = {}

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that the family has."""
        return SIDES[self["family"]]

    def _worked_out(self, setting: Setting) -> Any:
        if setting.sides and setting.name not in self.draft.settings:
            sides = [self.side(name) for name in self.sides]
            if all(setting.name in side.draft.settings for side in sides):
                value = sides[-1][setting.name]
                self.origins[setting.name] = sides[-1].origins[setting.name]
                return value
        return super()._worked_out(setting)
