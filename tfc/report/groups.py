"""What is drawn together: categories of memory and of time in few groups, each with a name, a colour and a pattern.

A colour is never the only carrier: each band is labelled, and each table beside a chart says the same. The colours go
back to those of Okabe and Ito (2008), which eyes of every kind tell apart; the style sheet holds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Group:
    """A band of a chart: its name, the class of the style sheet that colours it, and the categories in it."""

    name: str
    style: str
    categories: frozenset[str]
    sign: str  # how the text chart fills it


def _group(name: str, style: str, sign: str, *categories: str) -> Group:
    return Group(name, style, frozenset(categories or (name,)), sign)


# From what is there all the time to what comes and goes, which is how they are stacked.
MEMORY = (
    _group("weights", "weights", "█"),
    _group("optimizer", "optimizer", "█"),
    _group("teacher", "teacher", "█"),
    _group("gradients", "gradients", "▓", "gradients", "gathered"),
    _group("activations", "activations", "▒", "activations", "cache", "batch"),
    _group("logits", "logits", "▒"),
    _group("temporaries", "temporaries", "▒", "temporaries", "scratch"),
)
OUTSIDE = Group("outside tensors", "outside", frozenset(), "░")

TIME = (
    _group("compute", "weights", "█", "compute", "decoding", "encoding", "prompt"),
    _group("recomputation", "gradients", "▓"),
    _group("optimizer", "optimizer", "█"),
    _group("teacher", "teacher", "█"),
    _group("communication", "activations", "▒", "communication", "logits", "beam"),
    _group("waiting for kernels", "logits", "▒", "dispatch", "overhead"),
    _group("pipeline bubble", "outside", "░"),
)
OTHER = Group("other", "temporaries", frozenset(), "░")


def memory_group(category: str) -> Group:
    """The band of a category of memory; what no tensor holds comes first."""
    return next((group for group in MEMORY if category in group.categories), OUTSIDE)


def time_group(category: str) -> Group:
    """The band of a category of time."""
    return next((group for group in TIME if category in group.categories), OTHER)


def grouped(found: dict[str, Any], bands: tuple[Group, ...], rest: Group) -> dict[Group, float]:
    """Amounts by band, from the bottom up: what is in none of the bands first; bands of nothing are left out."""
    known = {name for band in bands for name in band.categories}
    sums = {rest: sum(float(amount) for name, amount in found.items() if name not in known)}
    sums |= {band: sum(float(found[name]) for name in band.categories if name in found) for band in bands}
    return {band: amount for band, amount in sums.items() if amount > 0}


def present(moments: Iterable[dict[Group, float]]) -> tuple[Group, ...]:
    """The bands that any moment has, in their order."""
    found = {band for moment in moments for band in moment}
    return tuple(band for band in (OUTSIDE, *MEMORY) if band in found)
