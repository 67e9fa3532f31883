"""The script that measures a machine: joined from its parts, and started as a child, since tfc itself has no torch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tfc.run.child import start

SCRIPT = "calibrate.py"


def script() -> str:
    """The text of `calibrate.py`, which stands by itself."""
    from tfc.backends.render import render

    return render("calibrate/calibrate.py.j2")


def calibrate(options: Sequence[str] = (), python: str | None = None) -> str:
    """Measure this machine with the script's `options`, in a child of `python`, and return the text that it wrote.

    What it measures is told on standard error. Raises `tfc.run.child.Stopped` if it was asked to stop, `Failed` if it
    ended with an error, which it has told itself, and `FileNotFoundError` for an interpreter that is not there.
    """
    with TemporaryDirectory() as folder:
        place, out = Path(folder, SCRIPT), Path(folder, "profile.json")
        place.write_text(script(), encoding="utf-8")
        command = [
            python or sys.executable,
            place.as_posix(),
            "--out",
            out.as_posix(),
            "--handed-on",
            *options,
        ]
        start(command, Path.cwd(), talk=True)
        return out.read_text(encoding="utf-8")
