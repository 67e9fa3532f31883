"""A plan to be shown: its variants side by side, memory over a step, and one HTML page of it all.

draft = tfc.load("model.tfs")
Path("model.html").write_text(tfc.report.page(draft), encoding="utf-8")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfc.report.html import page as page

__all__ = ["page"]


def __getattr__(name: str) -> object:
    # The text chart of `tfc plan` needs no template, and should not wait for one (PEP 562).
    if name == "page":
        from tfc.report.html import page

        return page
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
