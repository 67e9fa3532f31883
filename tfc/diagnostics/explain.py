"""The page behind a code, as `tfc explain` prints it."""

from __future__ import annotations

from pathlib import Path

from tfc.diagnostics.codes import CODES
from tfc.diagnostics.suggest import nearest

PAGES = Path(__file__).parent / "pages"


class UnknownCode(LookupError):
    """A code that was never published; its text says which are near."""


def explain(code: str) -> str:
    """The page of a code such as `TFS401` (or `401`, or `tfs401`), in Markdown. Raises `UnknownCode`."""
    name = code.strip().upper()
    name = name if name.startswith("TFS") else f"TFS{name}"
    if name not in CODES:
        near = nearest(name, CODES)
        raise UnknownCode(f"there is no code `{code}`" + (f"; did you mean `{near}`?" if near else ""))
    page = PAGES / f"{name}.md"
    if page.is_file():
        return page.read_text(encoding="utf-8")
    found = CODES[name]
    return f"# {name}: {found.title}\n\nReserved for the stage of {found.stage}: nothing reports it yet.\n"
