"""tfc for programs: load a spec, change it, and ask for what follows from it.

For example:

    draft = tfc.load("model.tfs").set("train.microbatch", 2)
    print(draft.check())
    draft.compile("build/model")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tfc.diagnostics.core import Diagnostic, Label, Report, Source, SpecError
from tfc.plan import Plan
from tfc.reading import read

if TYPE_CHECKING:
    from tfc.advise.advise import Advice
    from tfc.build.compile import Built
    from tfc.build.drift import Drift
    from tfc.cost.estimate import Estimate
    from tfc.spec.spec import Spec
    from tfc.syntax.tree import File
    from tfc.verify.verify import Verified

__all__ = ["Diagnostic", "Draft", "Plan", "Report", "SpecError", "Variation", "load", "what_if"]

Value = str | int | float | bool | Sequence["Value"]


def load(
    spec: str | os.PathLike[str], *, name: str = "spec.tfs", folder: str | os.PathLike[str] = ""
) -> Draft:
    """A spec from a file, or from its text if there is a line break in it.

    `name` is what messages call a text, and `folder` where the files lie that it extends. Raises
    `SpecError` for a file that is not there or is no text.
    """
    if isinstance(spec, str) and "\n" in spec:
        return Draft(Source(name, spec, _folder(folder)))
    place = PurePosixPath(Path(folder, spec).as_posix())
    return Draft(read(place.name, _folder(place.parent)), file=Path(place))


@dataclass(frozen=True)
class Draft:
    """A spec and the changes that are made to it: a value, of which `set` and `scenario` give another."""

    source: Source
    overrides: tuple[Source, ...] = ()
    scenario_name: str | None = None
    file: Path | None = None
    further: tuple[Source, ...] = ()  # blocks that hold further budgets, as a file would have them

    def set(self, name: str, value: Value) -> Draft:
        """The same with another value for one setting, by its full name.

        A `str` is what a spec would have there, such as `"72 GiB"`, `"swiglu(hidden = 512)"` or `'"a/path"'`.
        """
        return self.override(f"{name} = {written(value)}", "set")

    def override(self, setting: str, name: str = "--set") -> Draft:
        """The same with one setting as `--set` takes it: `train.microbatch = 2`."""
        return replace(self, overrides=(*self.overrides, Source(name, setting)))

    def scenario(self, name: str) -> Draft:
        """The same under one of the spec's scenarios."""
        return replace(self, scenario_name=name)

    def require(self, budget: str, block: str = "train") -> Draft:
        """The same with a further budget of a block that learns: `draft.require("cost <= 500 USD")`."""
        kind, _, label = block.partition(".")
        named = " ".join(filter(None, (kind, label)))
        if kind == "distill":
            named += f" from {self.spec.distills[label].teacher_name}"
        return replace(self, further=(*self.further, Source("--require", f"{named} {{ require {budget} }}")))

    def advise(self, block: str | None = None, tell: Callable[[int], None] = lambda number: None) -> Advice:
        """What to do about memory, time and money of a block that learns, the only or first one if none is named.

        `tell` is given the number of options that are priced. Raises `SpecError` for a spec that cannot be priced,
        `KeyError` for a block that it does not have, `ValueError` where nothing learns.
        """
        from tfc.advise.advise import advise

        plan = self.plan()
        if any(not found.code.startswith(("TFS4", "TFS6")) for found in plan.report.errors):
            raise SpecError(plan.report)
        name = block or next(iter(plan.layouts), None)
        if name is None:
            raise ValueError("this spec has no block that learns")

        def again(text: str | None, settings: tuple[str, ...]) -> Plan | None:
            source = self.source if text is None else replace(self.source, text=text)
            return replace(self, source=source)._replanned(settings)

        return advise(plan, name, again, tell)

    @cached_property
    def _tree(self) -> tuple[File, Report]:
        from tfc.syntax.parse import parse

        return parse(self.source)

    @cached_property
    def _read(self) -> tuple[Spec | None, Report]:
        """The resolved spec, if there is one, and all that was said on the way."""
        from tfc.spec.resolve import resolve
        from tfc.spec.same import shared
        from tfc.syntax.parse import parse, parse_setting

        tree, report = self._tree
        for blocks, found in map(parse, self.further):
            tree = replace(tree, statements=(*tree.statements, *blocks.statements))
            report += found
        settings = [parse_setting(source) for source in self.overrides]
        report = sum((found for _, found in settings), report)
        if report.errors:
            return None, report
        given = tuple(setting for setting, _ in settings if setting is not None)
        spec, found = resolve(tree, given, self.scenario_name, self._base)
        return None if spec is None else shared(spec), report + found

    def _base(self, path: str) -> Source:
        return read(path, self.source.folder, self.source.name)

    @property
    def spec(self) -> Spec:
        """The resolved spec; raises `SpecError` if there is none."""
        spec, report = self._read
        if spec is None:
            raise SpecError(report)
        return spec

    def check(self) -> Report:
        """Everything that is wrong, with the edits that cure a broken budget, and what is worth knowing."""
        spec, report = self._read
        return report if spec is None else self._repaired

    @cached_property
    def _repaired(self) -> Report:
        from tfc.check.budgets import curable

        report = self._plan.report
        if not curable(report):
            return report
        from tfc.repair.repair import repaired

        return repaired(self._plan, self._replanned)

    def _replanned(self, settings: tuple[str, ...]) -> Plan | None:
        """The plan under further settings, if they make a spec."""
        changed = self
        for setting in settings:
            changed = changed.override(setting)
        spec, _ = changed._read
        return None if spec is None else changed._plan

    def plan(self) -> Plan:
        """Everything that follows from the spec; raises `SpecError` if it cannot be read."""
        return self._plan

    @cached_property
    def _plan(self) -> Plan:
        return Plan(self.spec, self._read[1], self._locked)

    @property
    def _locked(self) -> Mapping[str, str]:
        if self.file is None or not self.file.with_name("tfc.lock").exists():
            return {}
        from tfc.build.lock import Lock

        return Lock.beside(self.file).of(self.file.name)

    @property
    def estimates(self) -> dict[str, Estimate]:
        """What each `train` and `distill` block costs, by its full name."""
        return self._plan.estimates

    @property
    def estimate(self) -> Estimate:
        """What the only block that trains costs; raises `ValueError` if there are several or none."""
        if len(self.estimates) != 1:
            raise ValueError(f"this spec has {len(self.estimates)} blocks that train: ask for `.estimates`")
        return next(iter(self.estimates.values()))

    def drift(self, out: str | os.PathLike[str] | None = None) -> Drift:
        """What `compile` would change in the folder; raises `SpecError` if it would refuse the spec."""
        from tfc.build.compile import contents
        from tfc.build.drift import compare

        return compare(contents(self._plan), self.folder(out))

    def compile(
        self, out: str | os.PathLike[str] | None = None, *, force: bool = False, locked: bool = False
    ) -> Built:
        """Write the generated folder, and `tfc.lock` beside the spec where something is `auto`.

        With `force` a file that was edited outside its regions is kept as `NAME.orig`; with `locked` the
        lock must hold what each `auto` becomes already. Raises `SpecError`, having written nothing.
        """
        from tfc.build.compile import build

        # The lock is of the spec as the file has it, and not of what `--set` or a scenario makes of it.
        lock = self.file if not self.overrides and self.scenario_name is None else None
        return build(self._plan, self.folder(out), lock, force=force, locked=locked)

    def run(
        self,
        step: str = "all",
        out: str | os.PathLike[str] | None = None,
        *,
        deploy: str | None = None,
        python: str | os.PathLike[str] | None = None,
        fresh: bool = False,
        again: str = "",
        tell: Callable[[str], None] = print,
    ) -> Report:
        """Compile, and run a step (`train`, `distill`, `export`, `serve` or `all`) with those before it, as far as they
        are not done.

        `deploy` is the deployment that is exported or served (else all, and the only one), `fresh` begins
        anew what learns. The scripts run as children of `python`, which has what they import (else this
        interpreter); `tell` is given what happens meanwhile, and `again` is what it is told to type after a
        stop. The report says how budgets on quality are met. Raises `SpecError` before anything has begun,
        `tfc.run.child.Stopped` and `Failed` as children end.
        """
        from tfc.run.run import run

        built = self.compile(out)
        return run(
            self._plan,
            built.folder,
            Path(self.source.folder or "."),
            step,
            deploy=deploy,
            python=os.fspath(python) if python is not None else None,
            fresh=fresh,
            again=again,
            tell=tell,
        )

    def verify(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        latency: bool = False,
        python: str | os.PathLike[str] | None = None,
        again: str = "",
        tell: Callable[[str], None] = print,
    ) -> Verified:
        """Measure what was built in the generated folder, beside its prediction and against the budgets.

        Nothing is compiled or trained; with `latency` only how fast the deployments answer is measured. The
        figures are also written to `runs/verify.json`. Raises `SpecError` where nothing is built, and
        `tfc.run.child.Stopped` after a stop.
        """
        from tfc.verify.verify import verify

        return verify(
            self._plan,
            self.folder(out),
            Path(self.source.folder or "."),
            latency=latency,
            python=os.fspath(python) if python is not None else None,
            again=again,
            tell=tell,
        )

    def folder(self, out: str | os.PathLike[str] | None = None) -> Path:
        """The generated folder: `out`, else `build/<stem of the file>`."""
        return Path(out) if out is not None else Path("build", PurePosixPath(self.source.name).stem)

    def _repr_html_(self) -> str:
        spec, report = self._read
        return report._repr_html_() if spec is None else self._plan._repr_html_()


@dataclass(frozen=True)
class Variation:
    """One row of a what-if: the settings that vary, and the plan that they lead to, if any."""

    values: Mapping[str, str]
    plan: Plan | None
    report: Report
    as_written: bool


def what_if(draft: Draft, vary: Iterable[str] | Mapping[str, Sequence[Value]]) -> list[Variation]:
    """The spec under each combination of values.

    `vary` is such as `["train.parallel.tensor = [1, 2, 4]"]`, or a mapping of names to lists of values.

    Raises `SpecError` for a variation that is not `name = [values]`, or is of a name that varies already.
    """
    choices = _choices(vary)
    written_hash = draft.plan().hash
    rows = []
    for values in product(*choices.values()):
        row = dict(zip(choices, values, strict=True))
        changed = draft
        for name, value in row.items():
            changed = changed.override(f"{name} = {value}", "--vary")
        rows.append(_variation(row, changed, written_hash))
    return rows


def _variation(values: Mapping[str, str], draft: Draft, written_hash: str) -> Variation:
    try:
        plan = draft.plan()
    except SpecError as error:
        return Variation(values, None, error.report, as_written=False)
    return Variation(values, plan, plan.report, plan.hash == written_hash)


def _choices(vary: Iterable[str] | Mapping[str, Sequence[Value]]) -> dict[str, list[str]]:
    """Each name and its values, as a spec writes them."""
    if isinstance(vary, Mapping):
        return {name: [written(value) for value in values] for name, values in vary.items()}
    from tfc.syntax.parse import parse_setting
    from tfc.syntax.tree import Items

    found: dict[str, list[str]] = {}
    for text in vary:
        setting, report = parse_setting(Source("--vary", text))
        if setting is None:
            raise SpecError(report)
        name = ".".join(setting.path.names)
        items = setting.value.items if isinstance(setting.value, Items) else (setting.value,)
        if not items:
            raise _refused(
                "TFS106", f"`{name}` is given no values to try", Label(setting.value.span, "none here")
            )
        if name in found:
            raise _refused("TFS105", f"`{name}` is varied twice", Label(setting.span, "the second time"))
        found[name] = [item.span.text for item in items]
    return found


def _refused(code: str, message: str, label: Label) -> SpecError:
    return SpecError(
        Report([Diagnostic(code, message, (label,), help="write all values as one list: `name = [A, B]`")])
    )


def written(value: Value) -> str:
    """A Python value as a spec writes it; a `str` is taken to be written already."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return f"[{', '.join(written(item) for item in value)}]"


def _folder(folder: str | os.PathLike[str]) -> str:
    """A folder as it stands before a name: empty, or with a slash at its end."""
    text = Path(folder).as_posix()
    return "" if text == "." else f"{text.rstrip('/')}/"
