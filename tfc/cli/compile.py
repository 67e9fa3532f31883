"""`tfc compile`: writes the generated folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfc.cli.options import JSON, TEXT, folder, scenario, sets, shown, spec_file
from tfc.cli.reports import draft, refusals, show
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb

if TYPE_CHECKING:
    from tfc.build.compile import Built

EXAMPLES = """
  tfc compile model.tfs                     to build/model
  tfc compile model.tfs --out /tmp/try --set train.steps=100
  tfc compile model.tfs --locked            in CI: what `auto` became must be in tfc.lock already
  tfc compile model.tfs --force             keep hand-edited files as NAME.orig
"""


@verb("compile", EXAMPLES)
@spec_file
@folder
@click.option("--force", is_flag=True, help="Write over hand edits; the old file is kept as NAME.orig.")
@click.option("--locked", is_flag=True, help="A change of tfc.lock is an error.")
@sets
@scenario
@shown
def compile(
    file: Path,
    out: Path | None,
    force: bool,
    locked: bool,
    sets: Sequence[str],
    scenario: str | None,
    shown: str,
) -> int:
    """Write the folder of code that trains this spec: it stands alone, and is meant to be read.

    Nothing is written if the spec has an error, or if a file was edited by hand outside its regions (TFS801). A file
    that would not change is not touched.
    """
    with refusals(shown):
        found = draft(file, sets, scenario)
        built = found.compile(out, force=force, locked=locked)
        show(found.check(), shown)
    if shown == TEXT:
        told(built)
    elif shown == JSON:
        from tfc.cli.plan_json import built_json

        answer(built_json(built))
    return 0


def told(built: Built) -> None:
    """What was done, one sign a file."""
    from tfc.cli.plan_files import rows

    folder = built.folder.as_posix()
    if not built.wrote:
        answer(f"{folder} is up to date")
        return
    answer("\n".join(rows(built.drift)))
    if built.locked:
        talk("tfc.lock written: commit it with the spec")
    talk(f"Written. {folder}/README.md says how to run it by hand; `tfc run` does it for you.")
