"""tfc, the transformer compiler: one spec in, a checked, priced and generated training folder out.

    plan = tfc.load("model.tfs").set("train.microbatch", 2).plan()

The names below are imported when first asked for (PEP 562): `tfc check` must not pay for what it does not use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tfc.api import Diagnostic, Draft, Plan, Report, SpecError, Variation, load, what_if

__all__ = ["Diagnostic", "Draft", "Plan", "Report", "SpecError", "Variation", "load", "what_if"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'tfc' has no attribute {name!r}")
    from tfc import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
