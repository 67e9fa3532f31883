"""The verbs, and how one is found: its file is imported when it is asked for, so that `check` pays for no other."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module

import click

VERBS: dict[str, str] = {
    "new": "a commented spec to begin with",
    "presets": "the models that a spec may extend",
    "check": "everything that is wrong with a spec, budgets included",
    "plan": "what it costs, and what `compile` would change",
    "what-if": "a table of variants",
    "report": "what `plan` and `what-if` say, as one HTML page",
    "advise": "what to do about memory, time and money, ranked",
    "compile": "write the generated folder",
    "run": "compile, then train, distil, export and serve",
    "verify": "measure what is built, against the budgets",
    "calibrate": "measure this machine, for times that are its own",
    "fmt": "the one layout",
    "fix": "apply the fixes that `check` offers",
    "explain": "the page behind a code, such as TFS401",
    "schema": "JSON Schema of a spec",
    "completion": "completion for a shell",
}


class Verbs(click.Group):
    """The verbs as click sees them: the names from the table, the rest when one is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = import_module(f"tfc.cli.{cmd_name.replace('-', '_')}")
        return getattr(module, cmd_name.replace("-", "_"))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word not in VERBS and not word.startswith("-"):
            near = get_close_matches(word, VERBS, n=1)
            ctx.fail(f"there is no verb `{word}`" + (f"; did you mean `{near[0]}`?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `tfc --help`, from the table: no verb is imported for it."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


def verb(name: str, examples: str) -> Callable[[Callable[..., int]], click.Command]:
    """Make a function the command of a verb, with examples below its help; it returns the exit code."""
    return click.command(name, epilog=f"Examples:\n\n\b\n{examples.strip(chr(10))}")
