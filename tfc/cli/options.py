"""The words that most verbs take, declared once: the spec, `--set`, `--scenario`, `--format`."""

from __future__ import annotations

from pathlib import Path

import click

from tfc.cli.complete import scenarios, settings

TEXT, CONCISE, JSON, GITHUB, CSV = "text", "concise", "json", "github", "csv"
FORMATS = (TEXT, CONCISE, JSON, GITHUB)
FORMAT = "text for people, concise for grep, json for programs, github for annotations"

spec_file = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))

sets = click.option(
    "--set",
    "sets",
    metavar="NAME=VALUE",
    multiple=True,
    help="Another value for one setting, by its full name; may be repeated.",
    shell_complete=settings,
)

scenario = click.option(
    "--scenario", metavar="NAME", help="Apply a `scenario` of the spec.", shell_complete=scenarios
)

shown = click.option(
    "--format", "shown", type=click.Choice(FORMATS), default=TEXT, metavar="FORMAT", help=f"{FORMAT}."
)


def _priced(context: click.Context, option: click.Parameter, path: Path | None) -> None:
    """Costs are of this table as long as the command runs."""
    if path is None:
        return
    from tfc.hardware.prices import priced_by, read_prices

    try:
        context.with_resource(priced_by(read_prices(path)))
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise click.BadParameter(f"`{path}` cannot be read: {why}", context, option) from None
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


prices = click.option(
    "--prices",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_priced,
    expose_value=False,
    help="Your prices in place of list prices: TOML, a table for each device with `usd` for an hour.",
)

folder = click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The generated folder; else build/<stem of FILE>.",
)
