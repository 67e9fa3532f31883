"""`tfc new`: a commented spec to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from tfc.cli.complete import presets
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.diagnostics.suggest import nearest
from tfc.spec.presets import NAMES

EXAMPLES = """
  tfc new > model.tfs
  tfc new llama3_1b --out mine.tfs
"""

NOT_UNDERSTOOD = 64


@verb("new", EXAMPLES)
@click.argument("preset", required=False, shell_complete=presets)
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="Write it there, unless the file exists."
)
def new(preset: str | None, out: Path | None) -> int:
    """Print a spec with a comment wherever a newcomer would ask: a small translator, or one around a preset.

    It checks clean as it is; the files of its `data` block are yours to bring.
    """
    from tfc.cli.new_spec import new_spec

    if preset is not None and preset not in NAMES:
        talk(unknown(preset))
        return NOT_UNDERSTOOD
    text = new_spec(preset, out.name if out else "model.tfs")
    if out is None:
        answer(text)
        return 0
    if out.exists():
        talk(f"error: `{out.as_posix()}` is there already\nhelp: name another file, or move it away")
        return 1
    if not out.parent.is_dir():
        talk(
            f"error: there is no folder `{out.parent.as_posix()}`\nhelp: make it first, or name another file"
        )
        return 1
    out.write_text(text, encoding="utf-8")
    talk(f"{out.as_posix()} written; `tfc check {out.as_posix()}` is next")
    return 0


def unknown(name: str) -> str:
    """What to say of a preset that is none."""
    near = nearest(name, NAMES)
    offered = f"did you mean `{near}`?" if near else "`tfc presets` lists them"
    return f"error: there is no preset `{name}`\nhelp: {offered}"
