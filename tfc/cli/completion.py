"""`tfc completion`: what a shell needs to complete verbs, options, settings, scenarios, codes and presets."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tfc.cli.terminal import answer
from tfc.cli.verbs import verb

EXAMPLES = """
  eval "$(tfc completion bash)"                              for this shell; or in ~/.bashrc
  tfc completion zsh > ~/.zfunc/_tfc                         where `fpath` has ~/.zfunc
  tfc completion fish > ~/.config/fish/completions/tfc.fish
"""


@verb("completion", EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print the lines that make a shell complete the words of tfc; nothing is installed."""
    made = get_completion_class(shell)
    assert made is not None, f"click knows no completion for {shell}"
    answer(made(ctx.find_root().command, {}, "tfc", "_TFC_COMPLETE").source())
    return 0
