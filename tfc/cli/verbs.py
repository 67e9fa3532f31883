"""The verbs, and how one is found: its file is imported when it is asked for, so that `check` pays for `check` only."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any

from typer import Typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

VERBS: dict[str, str] = {
    "new": "a commented spec to begin with",
    "presets": "the models that a spec may extend",
    "check": "everything that is wrong with a spec, budgets included",
    "plan": "what it costs, and what `compile` would change",
    "what-if": "a table of variants",
    "compile": "write the generated folder",
    "run": "compile, then train (and what follows)",
    "fmt": "the one layout",
    "fix": "apply the fixes that `check` offers",
    "explain": "the page behind a code, such as TFS401",
    "schema": "JSON Schema of a spec",
}

SETTINGS: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}


class UnknownVerb(TyperException):
    """A word where a verb was expected."""

    def __init__(self, word: str) -> None:
        near = get_close_matches(word, VERBS, n=1)
        super().__init__(f"there is no verb `{word}`" + (f"; did you mean `{near[0]}`?" if near else ""))


class Verbs(TyperGroup):
    """The verbs as typer sees them: the names from the table, the rest when one is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return command(cmd_name) if cmd_name in VERBS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in VERBS and not args[0].startswith("-"):
            raise UnknownVerb(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in `tfc --help`, from the table: no verb is imported for it."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


def command(verb: str) -> Any:
    """The command of one verb: the function of that name in the file of that name, with its examples below its help."""
    name = verb.replace("-", "_")
    module = import_module(f"tfc.cli.{name}")
    app = Typer(add_completion=False, **SETTINGS)
    app.command(verb, epilog=f"Examples:\n\n\b\n{module.EXAMPLES.strip(chr(10))}")(getattr(module, name))
    return get_command(app)
