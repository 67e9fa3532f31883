"""`tfc calibrate`: measure a machine, or take in what was measured on another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.hardware.calibration import NoProfile, parsed
from tfc.hardware.tables import published
from tfc.run.child import Failed, Stopped

EXAMPLES = """
  tfc calibrate                                    this machine; writes profile.json
  tfc calibrate --python ~/torch/bin/python --quick --out quick.json
  tfc calibrate --script calibrate.py              to be carried to a machine that has no tfc
  tfc calibrate --import measured.json --out h100.json
"""

FAULT, STOPPED = 1, 130
OUT = Path("profile.json")
SCHEMA = '"schema":'  # what a profile has, and hardly another file


@verb("calibrate", EXAMPLES)
@click.option(
    "--script",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Measure nothing: write the script there, `-` for standard output.",
)
@click.option(
    "--import",
    "imported",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Measure nothing: check what the script wrote elsewhere, and keep it.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=OUT,
    help=f"Where the profile is written ({OUT}).",
)
@click.option("--python", metavar="PATH", help="An interpreter that has torch; else the one that runs tfc.")
@click.option(
    "--device", metavar="NAME", help="What a spec calls the device, where the script does not know."
)
@click.option("--quick", is_flag=True, help="A coarser table, in about half a minute.")
@click.option(
    "--seconds", metavar="N", type=click.IntRange(min=1), help="Start no new row of a table after so many."
)
def calibrate(
    script: Path | None,
    imported: Path | None,
    out: Path,
    python: str | None,
    device: str | None,
    quick: bool,
    seconds: int | None,
) -> int:
    """Measure what the GPUs of this machine take for the work of training: products, attention, memory traffic, the
    optimizer, the host's calls, libraries' memory and, of several, what they send one another.

    It takes two to three minutes, in which nothing else should run, and needs PyTorch. What comes of it is a profile:
    a spec that has `profile = "profile.json"` in `train`, `distill` or `deploy` is predicted from it, with an interval
    that follows from its own residuals. Without a GPU it measures the processor.
    """
    options = given(device, quick, seconds)
    if script is not None and imported is not None:
        raise click.UsageError(
            "`--script` writes the script and `--import` takes what it measured: one at a time"
        )
    if (script is not None or imported is not None) and (options or python):
        raise click.UsageError("`--python`, `--device`, `--quick` and `--seconds` are for a measurement")
    if device is not None and device not in published("devices.toml"):
        raise click.UsageError(
            f"there is no device `{device}`; there are {', '.join(published('devices.toml'))}"
        )
    if script is not None:
        return write_script(script)
    for fault in refused(out, SCHEMA, "profile"):
        talk(fault)
        return FAULT
    if imported is not None:
        return take(imported, out)
    from tfc.run.calibrating import calibrate as measured

    try:
        return keep(measured(options, python), None, out, bool(seconds))
    except FileNotFoundError:
        talk(f"error: there is no interpreter `{python}`\nhelp: `--python` names one that has torch")
    except Stopped:
        return STOPPED
    except Failed:
        talk("error: nothing was measured: the script ended with an error")
        talk("help: it needs PyTorch; `--python PATH` names an interpreter that has it")
    return FAULT


def given(device: str | None, quick: bool, seconds: int | None) -> list[str]:
    """The options that the script is called with."""
    options = ["--device", device] if device else []
    return options + ["--quick"] * quick + (["--seconds", str(seconds)] if seconds else [])


def refused(place: Path, mark: str, what: str) -> Iterator[str]:
    """Why a file cannot be written there, before anything is measured: only what has our `mark` is written over."""
    if not place.absolute().parent.is_dir():
        yield f"error: there is no folder `{place.parent.as_posix()}`\nhelp: make it first, or name another file"
    elif place.is_dir():
        yield f"error: `{place.as_posix()}` is a folder\nhelp: name a file in it"
    elif place.exists() and mark not in place.read_text(encoding="utf-8", errors="replace"):
        yield f"error: `{place.as_posix()}` is there, and is no {what} of tfc\nhelp: name another file"


def write_script(place: Path) -> int:
    """Write `calibrate.py`, and say how it is used."""
    from tfc.run.calibrating import script

    text = script()
    if place.as_posix() == "-":
        answer(text)
        return 0
    for fault in refused(place, text.split("\n", 1)[0], "script"):
        talk(fault)
        return FAULT
    place.write_text(text, encoding="utf-8")
    talk(
        f"{place.as_posix()} written; on the machine: `python {place.name} --out profile.json`, which needs torch alone"
    )
    return 0


def take(place: Path, out: Path) -> int:
    """Keep the profile that a file holds."""
    try:
        text = place.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        talk(f"error: `{place.as_posix()}` cannot be read: {(error.strerror or 'unknown reason').lower()}")
        talk("help: name the file that `calibrate.py` wrote")
        return FAULT
    return keep(text, place, out)


def keep(text: str, source: Path | None, out: Path, hurried: bool = False) -> int:
    """Write a profile that can be used, and say what it holds; say why not of any other text.

    `source` is the file that holds it, or None for what was measured just now, `hurried` with a limit of time.
    """
    from tfc.cli.calibrate_text import summary

    try:
        profile = parsed(text, out.as_posix())
    except NoProfile as error:
        talk(f"error: {f'`{source.as_posix()}`' if source else 'what was measured'} is {error}")
        if hurried:
            talk("help: more `--seconds` measure more; without it every table is measured")
        else:
            talk("help: `tfc calibrate --script FILE` writes the script that makes one")
        return FAULT
    beside = out.with_name(out.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(out)
    answer("\n".join(summary(profile, out)) + "\n")
    return 0
