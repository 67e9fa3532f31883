"""Tree -> Spec: `extends`, `let`, scenarios, `--set`, names, units and defaults, with every error at once."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from typing import Any

from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Report, Severity, Source, SpecError
from tfc.fields import COUNT, How
from tfc.spec.blocks import BLOCKS
from tfc.spec.draft import ALL, Drafts, Scenario
from tfc.spec.faults import Failed, Faults
from tfc.spec.filling import Filling
from tfc.spec.gather import gather
from tfc.spec.lineage import Lineage
from tfc.spec.names import Names, circles
from tfc.spec.overrides import Overrides, Place
from tfc.spec.spec import Spec
from tfc.spec.values import Asked, Values
from tfc.spec.world import World
from tfc.syntax import tree
from tfc.syntax.parse import parse

EDITION = 1  # the only one there is

Load = Callable[[str], Source]


def resolve(
    file: tree.File,
    overrides: Iterable[tree.Setting] = (),
    scenario: str | None = None,
    load: Load | None = None,
) -> tuple[Spec | None, Report]:
    """The spec that a tree gives, or None beside every error of names and values; never raises.

    `overrides` are the settings of `--set`, the last winning; `load` reads the file that another extends, by its
    path from the folder of the spec, and may raise `SpecError`.
    """
    return _Resolver(file, load).run(tuple(overrides), scenario)


class _Resolver:
    def __init__(self, file: tree.File, load: Load | None) -> None:
        self.main = file
        self.load = load
        self.faults = Faults()
        self.read: list[Report] = []
        self.broken = False  # whether a base is missing, and with it what it may say
        self.files = self._chain()

    def run(self, overrides: tuple[tree.Setting, ...], scenario: str | None) -> tuple[Spec | None, Report]:
        drafts = Drafts()
        for file in reversed(self.files):
            drafts = gather(file, self.faults).over(drafts)
        for draft in drafts.blocks.values() if self.broken else ():
            draft.excused.add(ALL)
        names = Names(drafts.lets)
        applying = Overrides(drafts, names, self.faults)
        untouched = self._scenario(applying, scenario)
        for node in overrides:
            applying.apply(node)
        lineage = Lineage(drafts, self.faults)
        whole = lineage.all()
        names = Names(drafts.lets, _labels(drafts), incomplete=self.broken)
        circles(names, self.faults)
        values = Values(names, self.faults)
        world = World(whole, values)
        blocks = {key: world.block(key) for key in whole}
        world.say_missing()
        edition = self._edition(drafts, values)
        for one in untouched:
            self._try(one, drafts, world)
        self._unused(drafts, names)
        report = self._report()
        if report.errors or edition is None:
            return None, report
        spec = self._spec(drafts, blocks, edition)
        named = [(spec.full_name(block), block) for block in spec.blocks if getattr(block, "profile", None)]
        if not named:
            return spec, report
        from tfc.spec.profiles import profiles

        spec = spec.replace(profiles=profiles(named, self.load, self.faults))
        report = self._report()
        return (None if report.errors else spec), report

    def _report(self) -> Report:
        return sum(self.read, Report(sorted(self.faults.found, key=self._order)))

    def _spec(self, drafts: Drafts, blocks: dict[tuple[str, str], Any], edition: int) -> Spec:
        groups = {
            kind: {label: block for (found, label), block in blocks.items() if found == kind}
            for kind in BLOCKS
        }
        return Spec(
            source=self.main.span.source,
            sources=tuple(file.span.source for file in self.files),
            edition=edition,
            models=groups["model"],
            datas=groups["data"],
            trains=groups["train"],
            distills=groups["distill"],
            deploys=groups["deploy"],
            scenarios=tuple(drafts.scenarios),
        )

    def _order(self, found: Diagnostic) -> tuple[int, int]:
        """Where a diagnostic stands: in the order of the files, and from the top."""
        sources = [file.span.source for file in self.files]
        if found.span is None or found.span.source not in sources:
            return (len(sources), 0)
        return (sources.index(found.span.source), found.span.start)

    # --------------------------------------------------------------------------------------- files

    def _chain(self) -> list[tree.File]:
        """The file and those that it extends, each before its base."""
        files = [self.main]
        seen = [_place(self.main.span.source.name)]
        while (base := files[-1].base) is not None:
            folder = posixpath.dirname(files[-1].span.source.name)
            path = _place(posixpath.join(folder, base.path))
            if path in seen:
                self._circle(base, [*seen[seen.index(path) :], path])
                break
            source = self._loaded(path, base)
            if source is None:
                break
            file, report = parse(source)
            self.read.append(report)
            files.append(file)
            seen.append(path)
        return files

    def _loaded(self, path: str, base: tree.Extends) -> Source | None:
        label = Label(base.path_span, "extends this")
        self.broken = True
        if self.load is None:
            self.faults.say("TFS701", f"there is no file `{path}`", label)
            return None
        try:
            source = self.load(path)
            self.broken = False
            return source
        except SpecError as error:
            for found in error.report:
                labels = found.labels or (label,)
                self.faults.found.append(_with(found, labels))
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            self.faults.say("TFS701", f"`{path}` cannot be read: {reason}", label)
        return None

    def _circle(self, base: tree.Extends, chain: list[str]) -> None:
        self.broken = True
        self.faults.say(
            "TFS107",
            "a file extends itself" if len(chain) == 2 else "files extend one another in a circle",
            Label(base.path_span, "leads back"),
            notes=("the circle is " + " -> ".join(f"`{path}`" for path in chain),),
            help="one of them extends nothing",
        )

    # ------------------------------------------------------------------------- scenarios, overrides

    def _scenario(self, applying: Overrides, name: str | None) -> list[Scenario]:
        """Apply the scenario that was asked for; what is given back are the others."""
        scenarios = applying.drafts.scenarios
        if name is None:
            return list(scenarios.values())
        asked = Source("--scenario", name)
        found = applying.named(name, Label(asked.span(0, len(name)), "asked for"))
        if found is not None:
            applying.scenario(found)
        return [other for other in scenarios.values() if other is not found]

    def _try(self, scenario: Scenario, drafts: Drafts, world: World) -> None:
        """Look at a scenario that was not asked for, so that what is wrong with it is said."""
        lets = {**drafts.lets, **scenario.lets}
        names = Names(lets, world.values.names.labels, world.values.names.used)
        locating = Overrides(drafts, names, self.faults)
        values = Values(names, self.faults)
        for node in scenario.settings:
            if len(node.path.names) == 1 and node.path.names[0] in lets:
                continue
            try:
                place = locating.place(node.path)
                if not place.within:
                    asked = Asked(place.setting.name, How.OVERRIDE, _filling(place, world))
                    values.optional(node.value, place.setting.kind, asked, place.setting.auto)
            except Failed:
                continue

    # ---------------------------------------------------------------------------------------- rest

    def _edition(self, drafts: Drafts, values: Values) -> int | None:
        if drafts.edition is None:
            return EDITION
        given = drafts.edition
        edition = values.attempt(lambda: values.value(given.value, COUNT, Asked("edition")))
        if edition is not None and edition != EDITION:
            self.faults.say(
                "TFS201",
                f"this tfc knows edition {EDITION} of the language, found {edition}",
                Label(given.value.span, "another edition"),
                help="a newer tfc may know it",
                fixes=(Fix(f"write {EDITION}", (Edit(given.value.span, str(EDITION)),)),)
                if edition < 1
                else (),
            )
            return None
        return edition

    def _unused(self, drafts: Drafts, names: Names) -> None:
        """A hint for each `let` of the main file that nothing uses; not where an error may hide its use."""
        if any(found.severity is Severity.ERROR for found in self.faults.found):
            return
        main = self.main.span.source
        for name, node in drafts.lets.items():
            if name not in names.used and node.name_span.source is main:
                self.faults.say(
                    "TFS902",
                    f"nothing uses `{name}`",
                    Label(node.name_span, "has no effect"),
                    severity=Severity.HINT,
                )


def _labels(drafts: Drafts) -> dict[str, dict[str, Any]]:
    labels: dict[str, dict[str, Any]] = {}
    for (kind, label), draft in drafts.blocks.items():
        labels.setdefault(kind, {})[label] = draft.span
    return labels


def _filling(place: Place, world: World) -> Filling:
    outer = world.filling((place.top.kind, place.top.label))
    return outer.side(place.inner) if place.inner in ("encoder", "decoder") else outer


def _place(path: str) -> str:
    return posixpath.normpath(path)


def _with(found: Diagnostic, labels: tuple[Label, ...]) -> Diagnostic:
    from dataclasses import replace

    return replace(found, labels=labels)
