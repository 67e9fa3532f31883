"""The words that most verbs take, declared once: the spec, `--set`, `--scenario`, `--format`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from tfc.cli.complete import scenarios, settings


class Format(StrEnum):
    """How diagnostics and answers are written."""

    TEXT = "text"  # for people
    CONCISE = "concise"  # one line each
    JSON = "json"  # for programs
    GITHUB = "github"  # annotations of a pull request


class TableFormat(StrEnum):
    """As `Format`, and comma-separated values."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    CSV = "csv"


SpecFile = Annotated[Path, Argument(metavar="FILE", help="the spec, such as model.tfs", show_default=False)]

Sets = Annotated[
    list[str],
    Option(
        "--set",
        metavar="NAME=VALUE",
        help="another value for one setting, by its full name; may be repeated",
        show_default=False,
        autocompletion=settings,
    ),
]

Scenario = Annotated[
    str | None,
    Option(
        metavar="NAME",
        help="apply a `scenario` of the spec",
        show_default=False,
        autocompletion=scenarios,
    ),
]

Shown = Annotated[Format, Option("--format", help="how the answer is written")]

Folder = Annotated[
    Path | None,
    Option(
        "--out", metavar="DIR", help="the generated folder; else build/<stem of FILE>", show_default=False
    ),
]
