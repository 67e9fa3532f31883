"""`tfc fmt`: the one layout of a spec."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

import click

from tfc.cli.options import shown
from tfc.cli.reports import ERRORS, show
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.diagnostics.core import Source, SpecError
from tfc.reading import decode, read

EXAMPLES = """
  tfc fmt model.tfs            rewrite the file
  tfc fmt --check *.tfs        say which files differ, as CI does
  tfc fmt --diff model.tfs     show what would change
  tfc fmt - < model.tfs        to standard output, as editors do
"""


@verb("fmt", EXAMPLES)
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True)
)
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@shown
def fmt(files: Sequence[Path], check: bool, diff: bool, shown: str) -> int:
    """Put specs into the one layout: two spaces, `=` aligned within a run of settings, 110 columns.

    Meaning and comments stay as they are. A file that cannot be read is left alone.
    """
    return max(one(file, check, diff, shown) for file in files)


def one(file: Path, check: bool, diff: bool, shown: str) -> int:
    """Format one file, and say what was done."""
    from tfc.syntax.format import format_text

    try:
        source = decode(sys.stdin.buffer.read(), "-") if file == Path("-") else read(file.as_posix())
        text = format_text(source)
    except SpecError as error:
        show(error.report, shown)
        return ERRORS
    changed = text != source.text
    if diff and changed:
        answer(difference(source, text))
    elif check and changed:
        talk(f"{file.as_posix()} would change")
    elif file == Path("-") and not check and not diff:
        sys.stdout.write(text)
    elif changed and not check and not diff:
        file.write_bytes(text.encode())
        talk(f"{file.as_posix()} formatted")
    return ERRORS if changed and check else 0


def difference(source: Source, text: str) -> str:
    """A unified diff from the source to the text."""
    old, new = source.text.split("\n"), text.split("\n")
    return "\n".join(unified_diff(old, new, source.path, source.path, lineterm=""))
