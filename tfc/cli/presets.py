"""`tfc presets`: the models that a spec may extend."""

from __future__ import annotations

import click

from tfc.cli.complete import presets as names
from tfc.cli.new import unknown
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.spec.presets import NAMES, about, source

EXAMPLES = """
  tfc presets
  tfc presets llama3_8b        its settings, as a spec writes them
"""

NOT_UNDERSTOOD = 64


@verb("presets", EXAMPLES)
@click.argument("name", required=False, shell_complete=names)
def presets(name: str | None) -> int:
    """List the presets, or print one: what `model x extends NAME` begins with, and what `tfc new NAME` fills in."""
    if name is None:
        width = max(map(len, NAMES))
        answer("\n".join(f"{preset:<{width}}  {about(preset)}" for preset in NAMES))
        return 0
    if name not in NAMES:
        talk(unknown(name))
        return NOT_UNDERSTOOD
    answer(source(name).text)
    return 0
