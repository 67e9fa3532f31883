"""Completion of values in a shell: settings, scenarios and deployments of the spec that is named, codes, presets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from tfc.spec.spec import Spec


def settings(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The full names of the spec's settings that begin so, each with the `=` that follows it."""
    spec = loaded(ctx)
    names = [name for name, _, _ in spec.fields()] if spec else []
    return [f"{name}=" for name in names if name.startswith(incomplete)]


def learners(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The full names of the spec's blocks that learn, which begin so."""
    spec = loaded(ctx)
    names = [spec.full_name(one) for one in (*spec.trains.values(), *spec.distills.values())] if spec else []
    return [name for name in names if name.startswith(incomplete)]


def scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The spec's scenarios that begin so."""
    spec = loaded(ctx)
    return [name for name in (spec.scenarios if spec else ()) if name.startswith(incomplete)]


def deployments(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The spec's deployments that begin so."""
    spec = loaded(ctx)
    return [name for name in (spec.deploys if spec else ()) if name.startswith(incomplete)]


def codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes that begin so, with their titles."""
    from click.shell_completion import CompletionItem

    from tfc.diagnostics.codes import CODES

    found = (code for code in CODES.values() if code.name.startswith(incomplete.upper()))
    return [CompletionItem(code.name, help=code.title) for code in found]


def presets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The presets that begin so."""
    from tfc.spec.presets import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]


def loaded(ctx: click.Context) -> Spec | None:
    """The spec, or nothing: a key press is no place for a report."""
    from tfc.api import load
    from tfc.diagnostics.core import SpecError

    # Words before an option that has no value yet are left unparsed.
    words = (ctx.params.get("file"), *(word for word in ctx.args if word.endswith(".tfs")))
    file = next(filter(None, words), None)
    try:
        return load(file).spec if file else None
    except SpecError:
        return None
