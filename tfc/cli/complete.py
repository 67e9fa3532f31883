"""Completion of values in a shell: full names of settings and scenarios, read from the spec on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfc.spec.spec import Spec


def settings(ctx: Any, incomplete: str) -> list[str]:
    """The full names of the spec's settings that begin so, each with the `=` that follows it."""
    spec = loaded(ctx.params.get("file"))
    names = [name for name, _, _ in spec.fields()] if spec else []
    return [f"{name}=" for name in names if name.startswith(incomplete)]


def scenarios(ctx: Any, incomplete: str) -> list[str]:
    """The spec's scenarios that begin so."""
    spec = loaded(ctx.params.get("file"))
    return [name for name in (spec.scenarios if spec else ()) if name.startswith(incomplete)]


def loaded(file: Path | None) -> Spec | None:
    """The spec, or nothing: a key press is no place for a report."""
    from tfc import api

    try:
        return api.load(file) if file else None
    except Exception:
        return None


def codes(incomplete: str) -> list[tuple[str, str]]:
    """The codes that begin so, with their titles."""
    from tfc.diagnostics.codes import CODES

    return [(code.name, code.title) for code in CODES.values() if code.name.startswith(incomplete.upper())]


def presets(incomplete: str) -> list[str]:
    """The presets that begin so."""
    from tfc.spec.presets import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]
