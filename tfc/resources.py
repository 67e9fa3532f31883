"""Where the files are that `tfc` ships beside its code: in an installed wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def data(folder: str) -> Traversable:
    """The folder `grammar` or `templates`, wherever this installation keeps it."""
    package = Path(__file__).parent
    for place in (package / "_data" / folder, package.parent / folder):
        if place.is_dir():
            return place
    return _zipped(folder)


def _zipped(folder: str) -> Traversable:
    """The folder in an archive that Python imports from."""
    from importlib.resources import files  # 8 ms that a folder on the disk need not pay

    shipped = files("tfc") / "_data" / folder
    if shipped.is_dir():
        return shipped
    raise FileNotFoundError(f"this installation of tfc has no {folder}/ folder")
