"""`tfc advise`: what to do about memory, time and money, ranked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from tfc.advise.advise import Advice
from tfc.api import Draft
from tfc.cli.complete import learners
from tfc.cli.options import CONCISE, JSON, TEXT, prices, scenario, sets, shown, spec_file
from tfc.cli.reports import ERRORS, draft, refusals, show
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.diagnostics.core import Report

EXAMPLES = """
  tfc advise model.tfs
  tfc advise model.tfs --require 'cost <= 500 USD' --require 'time <= 2 days'
  tfc advise model.tfs --set 'train.on = 4 x h100_80gb'      given other GPUs than the spec has
  tfc advise model.tfs --block distill.small                  of the student, and not of its teacher
"""

BUDGETS = "TFS4"  # the codes of what the answer is about
SILENT = 1.0  # seconds before progress is told


@verb("advise", EXAMPLES)
@spec_file
@click.option(
    "--block",
    metavar="NAME",
    help="The block that learns, by its full name; else each `train` block, or each `distill` block if there is none.",
    shell_complete=learners,
)
@click.option(
    "--require",
    "budgets",
    metavar="'METRIC <= VALUE'",
    multiple=True,
    help="A further budget: of memory, time, cost, or any other of the reference; may be repeated.",
)
@sets
@scenario
@prices
@shown
def advise(
    file: Path,
    block: str | None,
    budgets: Sequence[str],
    sets: Sequence[str],
    scenario: str | None,
    shown: str,
) -> int:
    """Rank what one can do about memory, time and money: recompute, accumulate, shard, split tensors, read within a
    window, distil, or take a smaller model.

    Each option is an edit of the spec with its prediction, what it changes in the model, and why it comes after the
    one above. What keeps every budget comes first, then what reaches what is preferred, then what leaves the model and
    the devices alone. Effects on quality are quoted from a named source or said to be unknown. Nothing is written.
    """
    with refusals(shown):
        given = draft(file, sets, scenario)
        names = learning(given, block)
        if not names:
            given.check().raise_errors()
            talk("nothing to advise on: this spec has no `train` or `distill` block")
            return ERRORS
        for budget in budgets:
            for name in names:
                given = given.require(budget, name)
        found = [given.advise(name, progress()) for name in names]
    if shown == TEXT:
        # What is wrong besides, and leaves something to price: a precision that the hardware lacks, say.
        show(Report(one for one in given.plan().report.errors if not one.code.startswith(BUDGETS)), shown)
    told(found, shown)
    return 0


def learning(given: Draft, block: str | None) -> list[str]:
    """The full names of the blocks to advise on."""
    known = list(given.plan().layouts)
    if block is not None:
        if block not in known:
            raise click.UsageError(
                f"no block that learns is called `{block}`; there is {', '.join(known) or 'none'}"
            )
        return [block]
    return [name for name in known if name.split(".")[0] == "train"] or known


def progress() -> Callable[[int], None]:
    """Says on a terminal how many options are priced, once that has taken a second."""
    begun = time.monotonic()

    def tell(number: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - begun > SILENT:
            sys.stderr.write(f"\r{number} options priced\033[K")
            sys.stderr.flush()

    return tell


def told(found: list[Advice], shown: str) -> None:
    """Write the advice in the format that was asked for."""
    from tfc.cli import advise_text

    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    if shown == JSON:
        answer(advise_text.as_json(found))
    elif shown == TEXT:
        answer("\n\n".join("\n".join(advise_text.text(one)) for one in found))
    elif shown == CONCISE:
        answer("\n".join(line for one in found for line in advise_text.concise(one)))
    else:
        answer("\n".join(advise_text.github(one) for one in found))
