"""Variants: `name` or `name(setting = value)`, to an instance of its class."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from tfc.diagnostics.core import Edit, Fix, Label
from tfc.diagnostics.suggest import nearest
from tfc.fields import Family, Named, Origin, Rest, Setting, Variant, filled, settings_of, variants
from tfc.spec import foreign
from tfc.spec.faults import Failed
from tfc.spec.forms import described, listed, spoken
from tfc.spec.unknown import renamed
from tfc.syntax import tree

if TYPE_CHECKING:
    from tfc.spec.values import Asked, Values


class Calls:
    """Makes variants of what is written."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.faults = values.faults

    def variant(self, node: tree.Expression, kind: Family, asked: Asked) -> Variant:
        """The variant that `node` names, its settings filled in."""
        if not isinstance(node, tree.Path | tree.Call):
            self._not_a_variant(node, kind, asked)
        path = node.path if isinstance(node, tree.Call) else node
        chosen = variants(kind.name).get(str(path))
        if chosen is None:
            self._unknown(path, kind, asked)
        arguments = node.arguments if isinstance(node, tree.Call) else ()
        return self._made(chosen, arguments, node, asked)

    def _made(
        self, chosen: type[Variant], arguments: tuple[tree.Argument, ...], node: tree.Expression, asked: Asked
    ) -> Variant:
        given, origins = self._arguments(chosen, arguments, asked)
        missing = [
            setting for name, setting in settings_of(chosen).items() if setting.required and name not in given
        ]
        if missing:
            self._missing(chosen, missing, node)
        attributes = filled(chosen, given, asked.around)
        return chosen(**attributes, origin=Origin(asked.how, node.span), origins=origins)

    def _arguments(
        self, chosen: type[Variant], arguments: tuple[tree.Argument, ...], asked: Asked
    ) -> tuple[dict[str, Any], dict[str, Origin]]:
        """The settings that are given, by name, and where each is."""
        settings = settings_of(chosen)
        by_setting, failed = self._sorted(chosen, arguments)
        given: dict[str, Any] = {}
        around = ChainMap(given, asked.around)  # type: ignore[arg-type]
        for name, parts in by_setting.items():
            try:
                given[name] = self._value(settings[name], parts, asked, around)
            except Failed:
                failed = True
        if failed:
            raise Failed
        origins = {name: Origin(asked.how, parts[0].span) for name, parts in by_setting.items()}
        return given, origins

    def _value(
        self, setting: Setting, parts: list[tree.Argument], asked: Asked, around: Mapping[str, Any]
    ) -> Any:
        inner = type(asked)(setting.name, asked.how, around)
        if isinstance(setting.kind, Rest):
            return self.values.lists._each(tuple(part.value for part in parts), setting.kind.item, inner)
        if isinstance(setting.kind, Named):
            kind = setting.kind.item
            return tuple(
                (
                    part.name,
                    self.values.value(part.value, kind, type(asked)(part.name or "", asked.how, around)),
                )
                for part in parts
            )
        return self.values.optional(parts[0].value, setting.kind, inner, setting.auto)

    def _sorted(
        self, chosen: type[Variant], arguments: tuple[tree.Argument, ...]
    ) -> tuple[dict[str, list[tree.Argument]], bool]:
        """The arguments by the setting that each is for, and whether one is for none."""
        settings = settings_of(chosen)
        rest = next((name for name, setting in settings.items() if isinstance(setting.kind, Rest)), None)
        named = next((name for name, setting in settings.items() if isinstance(setting.kind, Named)), None)
        found: dict[str, list[tree.Argument]] = {}
        wrong = False
        for index, argument in enumerate(arguments):
            if argument.name is None and rest is not None:
                found.setdefault(rest, []).append(argument)
            elif argument.name is not None and named is not None:
                found.setdefault(named, []).append(argument)
            elif argument.name is None and index == 0 and settings and named is None:
                found[next(iter(settings))] = [argument]
            elif argument.name is None:
                self._without_name(chosen, argument, index)
                wrong = True
            elif argument.name not in settings or argument.name == rest:
                self._unknown_setting(chosen, argument)
                wrong = True
            elif argument.name in found:
                self._twice(chosen, argument, found[argument.name][0])
                wrong = True
            else:
                found[argument.name] = [argument]
        if named is not None:
            wrong = self._named_twice(chosen, found.get(named, [])) or wrong
        return found, wrong

    def _named_twice(self, chosen: type[Variant], arguments: list[tree.Argument]) -> bool:
        seen: dict[str | None, tree.Argument] = {}
        wrong = False
        for argument in arguments:
            if argument.name in seen:
                self._twice(chosen, argument, seen[argument.name])
                wrong = True
            seen[argument.name] = argument
        return wrong

    # -------------------------------------------------------------------------------------- messages

    def _not_a_variant(self, node: tree.Expression, kind: Family, asked: Asked) -> NoReturn:
        known = list(variants(kind.name))
        fixes: tuple[Fix, ...] = ()
        if isinstance(node, tree.Text) and node.value in known:
            fixes = (Fix("leave out the quotes", (Edit(node.span, node.value),)),)
        if isinstance(node, tree.Truth) and not node.value and "none" in known:
            fixes = (Fix("write `none`", (Edit(node.span, "none"),)),)
        if isinstance(node, tree.Number):
            first = [name for name, one in variants(kind.name).items() if _takes_one(one)]
            if len(first) == 1:
                fixes = (Fix(f"write `{first[0]}`", (Edit(node.span, f"{first[0]}({node.span.text})"),)),)
        self.faults.fail(
            "TFS201",
            f"`{asked.name}` is {'one of its variants' if len(known) > 6 else listed(known)}, found {described(node)}",
            Label(node.span, "another form was expected"),
            help=f"it is {listed(known)}" if 6 < len(known) <= 12 else "",
            fixes=fixes,
        )

    def _unknown(self, path: tree.Path, kind: Family, asked: Asked) -> NoReturn:
        word, known = str(path), variants(kind.name)
        right = foreign.VARIANTS.get(kind.name, {}).get(word)
        notes: tuple[str, ...] = (f"`{word}` is called `{right}` here",) if right else ()
        elsewhere = [family for family, names in Variant.registry.items() if word in names and word != "none"]
        if right is None and elsewhere:
            notes = (f"`{word}` is a variant of {spoken(elsewhere[0])}",)
        if right is None and not self.faults.many:
            right = nearest(word, known)
        self.faults.fail(
            "TFS103",
            f"there is no {spoken(kind.name)} `{word}`",
            Label(path.span, "unknown variant"),
            notes=notes,
            help=f"`{asked.name}` is {listed(list(known))}" if not right and len(known) <= 12 else "",
            fixes=(Fix(f"write `{right}`", (Edit(path.span, right),)),) if right else (),
        )

    def _unknown_setting(self, chosen: type[Variant], argument: tree.Argument) -> None:
        assert argument.name is not None and argument.name_span is not None
        settings = settings_of(chosen)
        advice = renamed(argument.name, argument.name_span, settings, self.faults.many)
        help = advice.help
        if not settings:
            help = f"write `{chosen.name}` alone"
        elif not advice.fixes and not help:
            help = _settings(settings)
        self.faults.say(
            "TFS101",
            f"`{chosen.name}` has no setting `{argument.name}`",
            Label(argument.name_span, "unknown setting"),
            notes=advice.notes,
            help=help,
            fixes=advice.fixes,
        )

    def _without_name(self, chosen: type[Variant], argument: tree.Argument, index: int) -> None:
        settings = settings_of(chosen)
        if not settings:
            message, help = f"`{chosen.name}` has no settings", f"write `{chosen.name}` alone"
        elif index == 0:
            message, help = f"a setting of `{chosen.name}` needs a name", ""
        else:
            message = f"only the first setting of `{chosen.name}` may stand without its name"
            help = _settings(settings)
        self.faults.say("TFS101", message, Label(argument.span, "which one?"), help=help)

    def _twice(self, chosen: type[Variant], argument: tree.Argument, first: tree.Argument) -> None:
        self.faults.say(
            "TFS105",
            f"`{argument.name}` of `{chosen.name}` is given twice",
            Label(argument.span, "again"),
            Label(first.span, "first here", primary=False),
        )

    def _missing(self, chosen: type[Variant], missing: list[Setting], node: tree.Expression) -> NoReturn:
        names = listed([setting.name for setting in missing]).replace(" or ", " and ")
        example = ", ".join(f"{setting.name} = ..." for setting in missing)
        self.faults.fail(
            "TFS106",
            f"`{chosen.name}` must be given {names}",
            Label(node.span, "not given here"),
            notes=tuple(f"`{setting.name}`: {setting.doc}" for setting in missing),
            help=f"write `{chosen.name}({example})`",
        )


def _settings(settings: Mapping[str, Setting]) -> str:
    names = listed(list(settings)).replace(" or ", " and ")
    return f"its setting is {names}" if len(settings) == 1 else f"its settings are {names}"


def _takes_one(chosen: type[Variant]) -> bool:
    """Whether a variant must be given just one setting, so that a bare value can only be meant for it."""
    required = [setting for setting in settings_of(chosen).values() if setting.required]
    return len(required) == 1
