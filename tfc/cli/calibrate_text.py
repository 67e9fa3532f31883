"""What a profile holds, in a screenful: the machine, its fastest kernels, and how sure what lies between is."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from pathlib import Path
from statistics import median

from tfc.hardware.profile import KINDS, Profile
from tfc.units import Dimension, say

CALLS = ("product", "pointwise", "function", "attention", "parameter")


def summary(profile: Profile, place: Path) -> list[str]:
    """Lines for people."""
    low, high = profile.trust
    return [
        f"{profile.device}   {profile.origin.removeprefix('calibrated on ').removesuffix(f' ({profile.source})')}",
        f"  {versions(profile)}",
        *(f"  {name:<16}{text}" for name, text in figures(profile)),
        "",
        "  measured over interpolated, of shapes that no table was told of",
        *residuals(profile),
        "",
        f"{place.as_posix()} written: times are trusted to {low:.2f} to {high:.2f} times",
        f'`profile = "{place.as_posix()}"` in a `train`, `distill` or `deploy` block uses it',
    ]


def versions(profile: Profile) -> str:
    """`torch 2.11.0, driver 580.159, Intel Xeon, 700 W`, as far as they are known."""
    measured = profile.measured
    parts = [f"{name} {measured[name]}" for name in ("torch", "driver", "python") if measured.get(name)]
    parts += [measured["cpu"]] if measured.get("cpu") and measured.get("gpu") else []
    parts += [f"{measured['power_limit_w']:g} W"] if measured.get("power_limit_w") else []
    clocks = measured.get("clock_mhz") or {}
    if clocks.get("loaded"):
        parts.append(f"{clocks['loaded']:g} of {clocks['max']:g} MHz under load")
    return ", ".join(parts)


def figures(profile: Profile) -> Iterator[tuple[str, str]]:
    """A name and what was measured."""
    for dtype, rows in profile.rows["products"].items():
        if rows:
            yield (
                f"products {dtype}",
                f"{len(rows)} shapes, up to {fastest(rows) / 1e12:.0f} TFLOP/s",
            )
    shapes = sum(len(rows) for rows in profile.rows["attention"].values())
    yield "attention", f"{shapes} shapes"
    yield (
        "traffic",
        f"{profile.bandwidth / 1e9:,.0f} GB/s; no kernel takes less than {profile.floor * 1e6:.1f} µs".replace(
            ",", " "
        ),
    )
    yield (
        "calls",
        ", ".join(
            f"{kind} {sum(profile.call(kind)) * 1e6:.0f} µs"
            for kind in CALLS
            if kind in profile.rows["calls"]
        ),
    )
    memory = {name: size for name, size in profile.memory.items() if isinstance(size, int | float)}
    if memory:
        yield "memory", ", ".join(f"{say(size, Dimension.BYTES)} {name}" for name, size in memory.items())
    if profile.rows.get("collectives"):
        ranks = sorted({int(count) for rows in profile.rows["collectives"].values() for count in rows})
        yield "collectives", f"among {', '.join(map(str, ranks))} GPUs"


def fastest(rows: list[list[float]]) -> float:
    """Operations per second of the fastest product."""
    return max(
        2 * m * n * k / (took * 1e-6) for m, n, k, *times in rows for took in times[: len(KINDS)] if took
    )


def residuals(profile: Profile) -> list[str]:
    """A line a table: how many were left out, and by how much half and nine in ten of them are missed."""
    found = []
    for name, ratios in profile.residuals().items():
        missed = sorted(abs(log(ratio)) for ratio in ratios)
        if missed:
            most = missed[int(0.9 * (len(missed) - 1))]
            found.append(
                f"  {name:<36}{len(missed):>5}   half within {median(missed):.1%}, 9 in 10 within {most:.1%}"
            )
    return found
