"""Settings by their full names: what `--set` and scenarios change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from tfc.diagnostics.core import Edit, Fix, Label
from tfc.diagnostics.suggest import nearest
from tfc.fields import Block, Computed, Family, How, Setting, settings_of, variants
from tfc.spec.blocks import A_BLOCK, BLOCKS, declared, inner_of, settings_in
from tfc.spec.draft import Draft, Drafts, Given, Scenario
from tfc.spec.faults import Failed, Faults
from tfc.spec.forms import listed
from tfc.spec.lineage import Lineage
from tfc.spec.names import Names
from tfc.spec.unknown import renamed
from tfc.syntax import tree


@dataclass(frozen=True)
class Place:
    """Where a full name leads: the draft that has the setting, its declaration, and a name within its variant."""

    top: Draft
    inner: str  # `parallel`, `encoder`, ...; empty for a setting of the block itself
    declaring: type[Block]
    setting: Setting
    within: str = ""

    @property
    def draft(self) -> Draft:
        """The draft to write to, made if there is none yet."""
        if not self.inner:
            return self.top
        return self.top.blocks.setdefault(self.inner, Draft(self.inner, "", self.top.span))


class Overrides:
    """Applies settings by their full names to drafts."""

    def __init__(self, drafts: Drafts, names: Names, faults: Faults) -> None:
        self.drafts = drafts
        self.names = names
        self.faults = faults

    def scenario(self, scenario: Scenario) -> None:
        """Apply a scenario, after the one that it extends."""
        for one in reversed(self._chain(scenario)):
            self.drafts.lets.update(one.lets)
            for node in one.settings:
                self.apply(node)

    def _chain(self, scenario: Scenario) -> list[Scenario]:
        chain = [scenario]
        while chain[-1].parent is not None:
            parent = chain[-1].parent
            above = self.drafts.scenarios.get(parent.name)
            if above is None:
                self._no_scenario(parent.name, Label(parent.span, "extends this"))
                break
            if above in chain:
                self.faults.say(
                    "TFS107",
                    f"scenario `{above.label}` extends itself",
                    Label(parent.span, "leads back to it"),
                )
                break
            chain.append(above)
        return chain

    def _no_scenario(self, name: str, label: Label) -> None:
        near = nearest(name, self.drafts.scenarios)
        known = list(self.drafts.scenarios)
        self.faults.say(
            "TFS104",
            f"there is no scenario `{name}`",
            label,
            help="" if near else f"there is {listed(known[:8])}" if known else "this spec has no scenarios",
            fixes=(Fix(f"write `{near}`", (Edit(label.span, near),)),) if near else (),
        )

    def named(self, name: str, label: Label) -> Scenario | None:
        """The scenario that was asked for; None, having said so, if there is none."""
        found = self.drafts.scenarios.get(name)
        if found is None:
            self._no_scenario(name, label)
        return found

    def apply(self, node: tree.Setting) -> None:
        """Give one setting, or one `let` by its bare name."""
        names = node.path.names
        if len(names) == 1 and names[0] in self.drafts.lets:
            self.drafts.lets[names[0]] = tree.Definition(names[0], node.value, node.span, node.path.span)
            return
        if names == ("edition",):
            self.drafts.edition = Given(node.value, node.span, How.OVERRIDE)
            return
        try:
            place = self.place(node.path)
            value = self._within(place, node) if place.within else node.value
            place.draft.put(place.setting.name, Given(value, node.span, How.OVERRIDE))
        except Failed:
            return

    # --------------------------------------------------------------------------------- full names

    def place(self, path: tree.Path) -> Place:
        """Where a full name leads; raises `Failed`, having said why, if nowhere."""
        kind, *rest = path.names
        if kind not in BLOCKS:
            self._unknown_kind(path)
        top, rest = self._block(kind, rest, path)
        if not rest:
            self._too_short(path, kind)
        inner = rest[0] if rest[0] in inner_of(kind) else ""
        if inner:
            rest = rest[1:]
            if not rest:
                self._too_short(path, inner)
        declaring = declared(inner or kind, kind if inner else "")
        setting = settings_of(declaring).get(rest[0])
        if setting is None:
            self._unknown_setting(path, rest[0], inner or kind, kind if inner else "")
        if len(rest) > 2 or (len(rest) == 2 and not isinstance(setting.kind, Family)):
            self._too_long(path, setting.name)
        return Place(top, inner, declaring, setting, rest[1] if len(rest) == 2 else "")

    def _block(self, kind: str, rest: list[str], path: tree.Path) -> tuple[Draft, list[str]]:
        drafts = list(self.drafts.of(kind))
        named = next((draft for draft in drafts if rest and draft.label == rest[0]), None)
        if named is not None:
            return named, rest[1:]
        known = settings_in(kind) | inner_of(kind)
        if not rest or rest[0] in known or len(drafts) == 1:
            if len(drafts) == 1:
                return drafts[0], rest
            self._which(kind, drafts, path)
        labels = [draft.label for draft in drafts]
        if not labels:
            self._which(kind, drafts, path)
        near = nearest(rest[0], labels)
        self.faults.fail(
            "TFS104",
            f"there is no {kind} `{rest[0]}`",
            Label(path.span, "no block has this name"),
            help=f"there is {listed(labels[:8])}",
            fixes=(self._instead(path, 1, near),) if near else (),
        )

    def _which(self, kind: str, drafts: list[Draft], path: tree.Path) -> NoReturn:
        if not drafts:
            self.faults.fail("TFS102", f"this spec has no block `{kind}`", Label(path.span, "of this kind"))
        labels = [draft.label or kind for draft in drafts]
        self.faults.fail(
            "TFS109",
            f"there are several blocks `{kind}`, and none is named",
            Label(path.span, "of which?"),
            help=f"write {listed([f'{kind}.{label}.{path.names[-1]}' for label in labels[:4]])}",
        )

    # ------------------------------------------------------------- a setting within a setting's variant

    def _within(self, place: Place, node: tree.Setting) -> tree.Expression:
        """The variant that stands there now, with one setting changed."""
        now = self._now(place)
        if now is not None:
            now = self.names.value_of(now, self.faults)
        if now is None:
            now = self._written_default(place, node)
        if not isinstance(now, tree.Path | tree.Call):
            self._too_long(node.path, place.setting.name)
        path = now.path if isinstance(now, tree.Call) else now
        arguments = now.arguments if isinstance(now, tree.Call) else ()
        new = tree.Argument(place.within, node.value, node.span, node.path.span)
        assert isinstance(place.setting.kind, Family)
        chosen = variants(place.setting.kind.name).get(str(path))
        first = next(iter(settings_of(chosen)), "") if chosen else ""
        kept = tuple(
            argument
            for index, argument in enumerate(arguments)
            if (argument.name or (first if index == 0 else "")) != place.within
        )
        if kept and kept[0].name is None and place.within == first:
            kept = kept[1:]
        return tree.Call(path, (*kept, new), node.span)

    def _now(self, place: Place) -> tree.Expression | None:
        whole = Lineage(self.drafts, Faults()).whole((place.top.kind, place.top.label))
        draft = whole.blocks.get(place.inner) if place.inner else whole
        given = draft.settings.get(place.setting.name) if draft else None
        if given is None and place.inner and place.setting.sides:
            given = whole.settings.get(place.setting.name)
        return given.value if given else None

    def _written_default(self, place: Place, node: tree.Setting) -> tree.Expression | None:
        rule = place.setting.default
        assert isinstance(place.setting.kind, Family)
        name = rule.text if isinstance(rule, Computed) else ""
        return tree.Path((name,), node.path.span) if name in variants(place.setting.kind.name) else None

    # ------------------------------------------------------------------------------------- messages

    def _unknown_kind(self, path: tree.Path) -> NoReturn:
        lets = list(self.drafts.lets)
        known = [*BLOCKS, *(lets if len(path.names) == 1 else ())]
        near = nearest(path.names[0], known)
        self.faults.fail(
            "TFS102",
            f"there is no block `{path.names[0]}`",
            Label(path.span, "not a full name"),
            help="" if near else "a full name is `kind.label.setting`, such as `train.batch`",
            fixes=(self._instead(path, 0, near),) if near else (),
        )

    def _too_short(self, path: tree.Path, kind: str) -> NoReturn:
        self.faults.fail(
            "TFS101",
            f"`{path}` is a block, and not a setting",
            Label(path.span, "of which setting?"),
            help=f"write `{path}.{next(iter(self._example(kind)))}`",
        )

    def _example(self, kind: str) -> dict[str, Setting]:
        outer = next((outer for outer in BLOCKS if kind in inner_of(outer)), "")
        return settings_in(kind, "" if kind in BLOCKS else outer)

    def _too_long(self, path: tree.Path, name: str) -> NoReturn:
        self.faults.fail(
            "TFS101",
            f"`{name}` has no settings that can be given one by one here",
            Label(path.span, "goes too far"),
            help=f"give `{name}` as a whole",
        )

    def _unknown_setting(self, path: tree.Path, name: str, kind: str, outer: str) -> NoReturn:
        settings = settings_in(kind, outer)
        start = path.span.start + path.span.text.find(name)
        span = path.span.source.span(start, start + len(name))
        advice = renamed(name, span, settings, self.faults.many)
        self.faults.fail(
            "TFS101",
            f"{A_BLOCK[kind]} has no setting `{name}`",
            Label(span, "unknown setting"),
            notes=advice.notes,
            help=advice.help,
            fixes=advice.fixes,
        )

    def _instead(self, path: tree.Path, place: int, name: str) -> Fix:
        names = [*path.names[:place], name, *path.names[place + 1 :]]
        return Fix(f"write `{'.'.join(names)}`", (Edit(path.span, ".".join(names)),))
