"""`tfc.lock`, beside the specs of a folder: what each `auto` became, so that it stays that while it fits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tfc.diagnostics.core import Diagnostic, Label, Report, Source, Span, SpecError

NAME = "tfc.lock"
SCHEMA = 1


@dataclass(frozen=True)
class Lock:
    """For each spec by its file name: full name of a setting -> its value, as a spec would write it."""

    place: Path
    specs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def beside(cls, file: Path) -> Lock:
        """The lock that a spec has, or an empty one; raises `SpecError` for one that cannot be read."""
        place = file.with_name(NAME)
        if not place.exists():
            return cls(place)
        try:
            raw = json.loads(place.read_text(encoding="utf-8"))
            if raw["schema"] != SCHEMA:
                raise ValueError(f"its schema is {raw['schema']}, and this version of tfc knows {SCHEMA}")
            specs = {
                name: {str(key): str(value) for key, value in locked["auto"].items()}
                for name, locked in raw["specs"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SpecError(Report([_damaged(place, str(error))])) from None
        return cls(place, specs)

    def of(self, spec: str) -> Mapping[str, str]:
        """What is remembered for one spec."""
        return self.specs.get(spec, {})

    def remembering(self, spec: str, auto: Mapping[str, str]) -> Lock:
        """The lock with other values for one spec; without the spec where nothing of it is `auto`."""
        others = {name: values for name, values in self.specs.items() if name != spec}
        return replace(self, specs=others | ({spec: dict(auto)} if auto else {}))

    def text(self) -> str:
        specs = {name: {"auto": dict(sorted(auto.items()))} for name, auto in sorted(self.specs.items())}
        return json.dumps({"schema": SCHEMA, "specs": specs}, indent=2, ensure_ascii=False) + "\n"


def mismatch(
    lock: Lock, spec: str, auto: Mapping[str, str], spans: Mapping[str, Span | None]
) -> tuple[Diagnostic, ...]:
    """A TFS802 for each setting that would not be what the lock says; `spans` has their lines."""
    locked = lock.of(spec)
    return tuple(
        _differs(name, locked.get(name), auto.get(name), spans.get(name))
        for name in sorted({*locked, *auto})
        if locked.get(name) != auto.get(name)
    )


def _differs(name: str, was: str | None, becomes: str | None, span: Span | None) -> Diagnostic:
    if was is None:
        message, label = f"`{name}` is `auto` and is not in `{NAME}`", f"becomes {becomes}"
    elif becomes is None:
        message, label = f"`{name}` is in `{NAME}` and is no longer `auto`", f"{was} in the lock"
    else:
        message, label = f"`{name}` is locked at {was} and would become {becomes}", "no longer fits as locked"
    help = "compile without `--locked` to write the lock anew, and commit it with the spec"
    return Diagnostic("TFS802", message, (Label(span, label),) if span else (), help=help)


def _damaged(place: Path, reason: str) -> Diagnostic:
    source = Source(place.as_posix(), "")
    return Diagnostic(
        "TFS802",
        f"`{NAME}` cannot be read",
        (Label(source.span(0, 0), "this file"),),
        notes=(reason,),
        help="take it from version control again, or remove it: the next compile chooses anew",
    )
