"""How an output is chosen, token by token."""

from __future__ import annotations

from typing import Any

from tfc.fields import COUNT, FACTOR, POSITIVE, Number, Reference, Variant, setting
from tfc.units import Dimension


def _ratio() -> Any:
    return setting(POSITIVE, "the longest output by the input", default=None)


def _shortlist() -> Any:
    return setting(
        COUNT, "words that may follow from the source", default=None, built=lambda count: count is None
    )


class Decoding(Variant, family="decoding"):
    """How an output is chosen, token by token."""


class Greedy(Decoding, name="greedy"):
    """Always the likeliest."""

    ratio: float | None = _ratio()
    shortlist: int | None = _shortlist()


class Beam(Decoding, name="beam"):
    """The likeliest of several that are followed side by side."""

    width: int = setting(COUNT, "how many are followed", also=("num_beams", "beam_size"))
    length_penalty: float = setting(FACTOR, "the higher, the longer", default=1.0)
    best: int = setting(
        COUNT,
        "how many are given back",
        default=1,
        also=("num_return_sequences",),
        built=lambda best: best == 1,
    )
    ratio: float | None = _ratio()
    shortlist: int | None = _shortlist()


class Sample(Decoding, name="sample"):
    """By chance, as likely as the model says."""

    temperature: float = setting(POSITIVE, "below 1 sharper, above 1 flatter", default=1.0)
    top_k: int | None = setting(COUNT, "only among so many", default=None)
    top_p: float | None = setting(
        Number((Dimension.SHARE,), above=0, most=1), "only among those that make up so much", default=None
    )
    ratio: float | None = _ratio()
    shortlist: int | None = _shortlist()


class Speculative(Decoding, name="speculative", built=False):
    """A small model proposes, the model disposes (Leviathan et al. 2022, arXiv 2211.17192)."""

    draft: str = setting(Reference("model"), "the small model", also=("assistant_model",))
    tokens: int = setting(Number((Dimension.TOKENS,), whole=True, least=1), "proposed at a time", default=4)
    ratio: float | None = _ratio()
