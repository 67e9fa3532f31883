"""Which formula should a table of products keep the ratio to? On a profile that was measured, no device needed.

    python benchmarks/interpolation.py [profile.json]       the H100's, if none is given

For each formula: how far points are missed that are left out of their table in turn, and shapes that were never in it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import log
from pathlib import Path
from statistics import median

from tfc.hardware.calibration import parsed, shipped
from tfc.hardware.interpolate import Table
from tfc.hardware.profile import KINDS, MICRO, Profile
from tfc.hardware.tables import published

Formula = Callable[[int, int, int], float]  # rows and columns of what is computed, and what is summed over
TILES = ((128, 256), (256, 128), (128, 128), (128, 64), (64, 128), (64, 64))  # of cuBLAS on Ampere and Hopper


def roofline(profile: Profile, peak: float) -> Formula:
    """The longer of operations at the peak and of bytes, and the shortest kernel: what `Profile` has."""

    def seconds(m: int, n: int, k: int) -> float:
        return profile.floor + max(2 * m * n * k / peak, 2 * (m * k + k * n + m * n) / profile.bandwidth)

    return seconds


def waves(profile: Profile, peak: float, efficiency: float) -> Formula:
    """The same in whole tiles and waves of them, of whichever tile is best; a halved tile attains so much less."""
    processors = published("devices.toml")[profile.device]["processors"]

    def seconds(m: int, n: int, k: int) -> float:
        best = float("inf")
        for rows, columns in TILES:
            attained = efficiency ** (log(128 * 256 / (rows * columns), 2))
            count = -(-(-(-m // rows) * -(-n // columns)) // processors)
            best = min(best, count * processors * 2 * rows * columns * -(-k // 64) * 64 / (peak * attained))
        return profile.floor + max(best, 2 * (m * k + k * n + m * n) / profile.bandwidth)

    return seconds


def sides(kind: str, m: int, n: int, k: int) -> tuple[int, int, int]:
    """The rows, the columns and the sum of a layer's product."""
    return {"forward": (m, n, k), "input": (m, k, n), "weight": (n, k, m)}[kind]


def missed(profile: Profile, formula: Formula, place: int, kind: str) -> tuple[list[float], list[float]]:
    """By how much, as logarithms: points that are left out, and other shapes."""
    rows, checks = profile.rows["products"]["bf16"], profile.rows["product_checks"]["bf16"]
    table = Table.of(
        {
            (m, n, k): times[place] * MICRO / formula(*sides(kind, m, n, k))
            for m, n, k, *times in rows
            if times[place]
        }
    )
    others = [
        log(times[place] * MICRO / formula(*sides(kind, m, n, k)) / table.ratio(m, n, k))
        for m, n, k, *times in checks
        if times[place]
    ]
    return [abs(log(ratio)) for ratio in table.left_out()], [abs(ratio) for ratio in others]


def main() -> None:
    profile = parsed(Path(sys.argv[1]).read_text(), sys.argv[1]) if sys.argv[1:] else shipped("h100_80gb")
    assert profile is not None, "no profile is shipped, and none was named"
    peak = published("devices.toml")[profile.device]["peak"]["bf16"] * 1e12
    formulas = {
        "roofline": roofline(profile, peak),
        "tiles and waves, all tiles alike": waves(profile, peak, 1.0),
        "tiles and waves, a halved tile at 0.85": waves(profile, peak, 0.85),
    }
    print(profile.origin)
    print(f"{'formula':<42}{'product':<10}{'left out':>9}{'others':>9}{'9 in 10':>9}")
    for name, formula in formulas.items():
        for place, kind in enumerate(KINDS):
            left, others = missed(profile, formula, place, kind)
            most = sorted(others)[int(0.9 * (len(others) - 1))]
            print(f"{name:<42}{kind:<10}{median(left):>9.1%}{median(others):>9.1%}{most:>9.1%}")


if __name__ == "__main__":
    main()
