"""The entry: reads the command line, calls the verb, and turns what may go wrong into an exit code."""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Sequence

import click

from tfc import __version__
from tfc.cli.terminal import talk
from tfc.cli.verbs import Verbs
from tfc.diagnostics.core import SpecError

OK, FOUND, USAGE, OURS, STOPPED = 0, 1, 64, 70, 130

# What a disk may refuse that is no fault of ours.
THEIRS = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ELOOP,
    errno.ENAMETOOLONG,
}

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

EXAMPLES = """\
First steps:

\b
  tfc new > model.tfs          a spec to begin with
  tfc check model.tfs          what is wrong with it
  tfc plan model.tfs           what it costs
  tfc run model.tfs            compile it, and train

`tfc VERB --help` has more, `tfc explain TFS401` explains a code.
"""


@click.group("tfc", cls=Verbs, epilog=EXAMPLES, subcommand_metavar="VERB ...", context_settings=CONTEXT)
@click.version_option(__version__, prog_name="tfc", message="%(prog)s %(version)s")
def tfc() -> None:
    """The transformer compiler: one page in; a checked and priced folder out that trains, distils and serves."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0, 1, 2 where asked for, 64, 70 or 130."""
    if arguments is None:
        gc.disable()  # a process ends before cycles matter, and looking for them takes a tenth of a what-if
    try:
        return called(list(sys.argv[1:] if arguments is None else arguments))
    except Exception as error:
        from tfc.cli.crash import report

        talk(report(error))
        return OURS


def called(words: list[str]) -> int:
    """Call the verb, and say in our words what a user can put right."""
    try:
        return tfc.main(words or ["--help"], prog_name="tfc", standalone_mode=False) or OK
    except click.UsageError as fault:
        return not_understood(fault)
    except SpecError as error:
        talk(str(error))
        return FOUND
    except (click.Abort, KeyboardInterrupt):
        return STOPPED
    except OSError as error:
        if error.errno not in THEIRS:
            raise
        place = f"`{error.filename}`: " if error.filename else ""
        talk(f"error: {place}{(error.strerror or str(error)).lower()}")
        return FOUND


def not_understood(fault: click.UsageError) -> int:
    """Say what is wrong with the command line, in our words, and where its help is."""
    message = fault.format_message().rstrip(".")
    talk(f"error: {message[:1].lower()}{message[1:]}")
    talk(f"help: `{fault.ctx.command_path if fault.ctx else 'tfc'} --help` says what may stand here")
    return USAGE


if __name__ == "__main__":
    sys.exit(main())
