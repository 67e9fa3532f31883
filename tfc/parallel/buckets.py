"""Padded lengths: which shapes the batches of a run have."""

from __future__ import annotations

from typing import Any

from tfc.fields import AUTO

FINE = (
    64  # up to here a bucket is 8 tokens wide, above it each is a third or a half longer than the one before
)


def edges(longest: int) -> tuple[int, ...]:
    """Padded lengths up to `longest`: 8, 16, ... 64, then 96, 128, 192, 256, 384 and so on, `longest` last.

    Multiples of 8 keep products aligned for tensor cores; the wider steps keep the number of shapes small while no
    more than a third of a batch is padding.
    """
    found = [length for length in range(8, FINE + 1, 8) if length < longest]
    step = FINE
    while step < longest:
        found += [length for length in (step + step // 2, 2 * step) if length < longest]
        step *= 2
    return (*found, longest)


def lengths(written: Any, longest: int, bounds: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The lengths of `data.buckets`, or those chosen for `auto`, with `longest` and the bounds of a `match`."""
    chosen = edges(longest) if written is AUTO or written is None else tuple(int(edge) for edge in written)
    return tuple(sorted({edge for edge in (*chosen, *bounds, longest) if edge <= longest}))


def shapes(family: str, edges_: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """(source, target) of each bucket: a decoder has no source, an encoder no target, and pairs share one edge."""
    if family == "decoder":
        return tuple((0, edge) for edge in edges_)
    if family == "encoder":
        return tuple((edge, 0) for edge in edges_)
    return tuple((edge, edge) for edge in edges_)
