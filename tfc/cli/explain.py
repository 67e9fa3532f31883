"""`tfc explain`: the page behind a code."""

from __future__ import annotations

import click

from tfc.cli.complete import codes
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.diagnostics.codes import CODES
from tfc.diagnostics.explain import UnknownCode
from tfc.diagnostics.explain import explain as page

EXAMPLES = """
  tfc explain TFS401
  tfc explain 401
  tfc explain              every code, in a line each
"""

NOT_UNDERSTOOD = 64


@verb("explain", EXAMPLES)
@click.argument("code", required=False, shell_complete=codes)
def explain(code: str | None) -> int:
    """Print what a diagnostic checks, why it matters, an example, and its repair, as Markdown."""
    if code is None:
        answer("\n".join(listed()))
        return 0
    try:
        answer(page(code))
    except UnknownCode as unknown:
        talk(f"error: {unknown}\nhelp: `tfc explain` lists them all")
        return NOT_UNDERSTOOD
    return 0


def listed() -> list[str]:
    """Every code and its title, under the stage that finds it."""
    lines: list[str] = []
    stage = ""
    for code in CODES.values():
        if code.stage != stage:
            lines += ["", code.stage] if lines else [code.stage]
            stage = code.stage
        lines.append(f"  {code.name}  {code.title}")
    return lines
