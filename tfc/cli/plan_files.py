"""The last part of `tfc plan`: what a compile would do to the folder, one sign a file, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from tfc.build.drift import Action, Change, Drift
from tfc.diagnostics.core import Report

WIDTH = 100
COLUMN = 22


def files(drift: Drift, spec: str) -> list[str]:
    """The folder, its files by what would happen to them, and the closing line."""
    return [*rows(drift), closing(drift, spec)]


def refused(report: Report, spec: str) -> list[str]:
    """The closing line where a compile would write nothing at all."""
    if report.errors:
        return []
    missing = sum(found.code == "TFS605" for found in report)
    why = f"{missing} settings are" if missing > 1 else "a setting is"
    return [f"Plan: `tfc compile {spec}` would refuse this, for {why} not generated yet (TFS605)."]


def rows(drift: Drift) -> list[str]:
    """The folder and its files, where any is more than simply there."""
    found = [*added(drift), *(row for change in drift for row in explained(change, drift)), *renamed(drift)]
    return [drift.folder.as_posix(), *found] if found else []


def added(drift: Drift) -> list[str]:
    names = "  ".join(change.path for change in drift.of(Action.ADD))
    return wrap(names, WIDTH, initial_indent="  + ", subsequent_indent="    ") if names else []


def renamed(drift: Drift) -> list[str]:
    """The files of which only the first line differs, in one row: it names the hash of the spec."""
    names = [change.path for change in drift if change.only_header]
    if not names:
        return []
    text = f"{'  '.join(names)}: only the line that names the spec"
    return wrap(text, WIDTH, initial_indent="  ~ ", subsequent_indent="    ")


def explained(change: Change, drift: Drift) -> Iterator[str]:
    """The rows of one file that is there already and will not simply stay as it is."""
    if change.action is Action.CHANGE and not change.only_header:
        yield row("~", change.path, why_changed(change, drift))
    if change.action is Action.REMOVE:
        yield row("-", change.path, "no longer needed")
    if change.action is Action.YOURS:
        yield row("=", change.path, f"yours{': ' if change.why else ''}{change.why}")
    if change.action is Action.CONFLICT:
        message = change.problem.message if change.problem else "in the way"
        yield row("!", change.path, f"{message.removeprefix(f'`{change.path}` ')}: TFS801")
    elif change.kept:
        regions = ", ".join(f"`{name}`" for name in change.kept)
        yield row("!", change.path, f"edited by hand in {regions}: kept")


def row(sign: str, path: str, why: str) -> str:
    return f"  {sign} {path:<{COLUMN - 4}}  {why}".rstrip()


def closing(drift: Drift, spec: str) -> str:
    """How many of each, and what to type."""
    if drift.conflicts:
        number = len(drift.conflicts)
        what = "a file would lose a hand edit" if number == 1 else f"{number} files would lose hand edits"
        return f"Plan: {what}, so `tfc compile {spec}` would write nothing. It shows the differences."
    if drift.clean:
        return f"Nothing to do: {drift.folder.as_posix()} is as {spec} says."
    kept = sum(1 for change in drift if change.kept or change.action is Action.YOURS)
    counts = (
        f"{len(drift.of(Action.ADD))} to add, {len(drift.of(Action.CHANGE))} to change, "
        f"{kept} kept, {len(drift.of(Action.REMOVE))} to remove"
    )
    return f"Plan: {counts}. Run `tfc compile {spec}` to write them."


def why_changed(change: Change, drift: Drift) -> str:
    """The settings that this file comes from and that are not what they were, as `nodes 4 → 8`."""
    lines = {span.place for span in change.new.spans} if change.new else set()
    found = [said for place, said in settings_changed(drift) if not lines or place in lines]
    shown = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
    return "changed since the last compile" + (f": {shown}" if shown else "")


def settings_changed(drift: Drift) -> list[tuple[str, str]]:
    """Each setting that differs between the `plan.json` there and the new one: its line, and from what to what."""
    plan = next(
        (change for change in drift if change.path == "plan.json" and change.new and change.old), None
    )
    if plan is None or plan.new is None:
        return []
    old, new = settings_in(plan.old or ""), settings_in(plan.new.text)
    return [
        (
            new.get(name, old.get(name, {})).get("at") or "",
            f"{short(name)} {said(name, old)} → {said(name, new)}",
        )
        for name in dict.fromkeys([*old, *new])
        if said(name, old) != said(name, new)
    ]


def settings_in(text: str) -> Mapping[str, Any]:
    """`settings` of a plan.json; nothing if somebody has made something else of it."""
    try:
        return json.loads(text)["settings"]
    except (ValueError, KeyError, TypeError):
        return {}


def said(name: str, settings: Mapping[str, Any]) -> str:
    """A value with its unit, but for a unit that is the setting's own name: `7`, and not `7 steps`."""
    setting = settings.get(name)
    if setting is None:
        return "none"
    parts = (setting.get("value"), setting.get("unit"))
    return " ".join(str(part) for part in parts if part not in (None, "")).removesuffix(f" {short(name)}")


def short(name: str) -> str:
    return name.rsplit(".", 1)[-1]
