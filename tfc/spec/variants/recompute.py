"""What the backward pass computes again, to keep less."""

from __future__ import annotations

from tfc.fields import Rest, Variant, choice, setting

PARTS = choice("embedding", "attention", "softmax", "norm", "ffn", "output")


class Recompute(Variant, family="recompute"):
    """What the backward pass computes again, to keep less."""


class NoRecompute(Recompute, name="none"):
    """Everything is kept."""


class FullRecompute(Recompute, name="full"):
    """Only the input of each layer is kept."""


class SelectiveRecompute(Recompute, name="selective", built=False):
    """What is named is computed again: `selective(ffn)`."""

    parts: tuple[str, ...] = setting(Rest(PARTS), "the parts of a layer")
