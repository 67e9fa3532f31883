"""What is said when tfc itself fails: an apology and a report to paste, with nothing private in it."""

from __future__ import annotations

import platform
import sys
import traceback
from pathlib import Path

from tfc import __version__


def report(error: BaseException) -> str:
    """TFS999 with the versions, the verb and the frames; paths are cut to what lies below a package."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"    {below(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join(
        [
            "error[TFS999]: tfc has failed, and the fault is its own, not the spec's",
            "help: paste what follows into a new issue, with the spec if you may show it",
            "",
            f"    tfc {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
            f"    tfc {' '.join(said(index, word) for index, word in enumerate(sys.argv[1:]))}",
            *ours,
            f"    {type(error).__name__}: {error}",
        ]
    )


def said(index: int, word: str) -> str:
    """The verb and the names of options; not their values, nor files, which are nobody's business."""
    return word.partition("=")[0] if index == 0 or word.startswith("-") else "…"


def below(filename: str) -> str:
    """`tfc/plan.py` for a path that ends so: a report does not say where somebody's home is."""
    parts = Path(filename).parts
    anchors = [index for index, part in enumerate(parts) if part in ("tfc", "site-packages")]
    return "/".join(parts[anchors[-1] :]) if anchors else Path(filename).name
