"""Where `grammar/` and `templates/` are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def data(folder: str) -> Traversable:
    """The folder `grammar` or `templates`, wherever this installation keeps it."""
    shipped = files("tfc") / "_data" / folder
    if shipped.is_dir():
        return shipped
    checkout = Path(__file__).parent.parent / folder
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError(f"this installation of tfc has no {folder}/ folder")
