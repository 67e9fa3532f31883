"""A profile of a machine that was never built: what it takes is a formula, so that a test knows what to expect."""

from __future__ import annotations

import json
from itertools import product
from math import log2
from typing import Any

PEAK, BANDWIDTH, FLOOR = 600e12, 3e12, 2e-6
KINDS = ("product", "bias", "cast", "pointwise", "view", "function", "fused", "attention")
KINDS += ("norm", "dropout", "lookup", "module", "cat", "inplace", "accumulate")
MASKS = ("causal", "none", "given")


def product_seconds(m: float, n: float, k: float) -> float:
    """Falls off for small sizes, smoothly: nine tenths of `PEAK` at a million outputs."""
    return FLOOR + 2 * m * n * k / PEAK * (1 + 2 / log2(m * n + 2)) + 2 * (m * k + n * k + m * n) / BANDWIDTH


def attention_seconds(batch: int, heads: int, width: int, queries: int, keys: int, mask: str) -> float:
    part = 0.5 if mask == "causal" else 1.0
    return FLOOR + 4 * batch * heads * queries * keys * width * part / (PEAK / 2)


def traffic_seconds(size: float) -> float:
    return FLOOR + size / BANDWIDTH


def optimizer_seconds(parameters: float, tensors: float) -> float:
    return 30e-6 + parameters * 40 / BANDWIDTH + tensors * 0.3e-6


def micro(seconds: float) -> float:
    return float(f"{seconds * 1e6:.6g}")


def profile(device: str = "h100_80gb", **changes: Any) -> dict[str, Any]:
    """What `calibrate.py` would have written of it."""
    tokens, sizes = [1, 16, *(2**power for power in range(8, 16))], [2**power for power in range(8, 15)]
    products = []
    for m, n, k in product(tokens, [*sizes, 65536], sizes):
        if m * n * k < 2**43:  # corners are left out, as where memory or time ends
            backward = [micro(product_seconds(m, n, k) * more) if m >= 256 else None for more in (1.1, 1.2)]
            products.append([m, n, k, micro(product_seconds(m, n, k)), *backward])
    attention = [
        [
            b,
            8,
            8,
            width,
            s,
            s,
            mask,
            micro(found := attention_seconds(b, 8, width, s, s, mask)),
            micro(2.5 * found),
        ]
        for width, mask, s, b in product((64, 128), MASKS, (16, 64, 256, 1024, 4096), (1, 16, 256))
        if b * s <= 2**17
    ]
    attention += [
        [b, 8, 8, 64, 1, s, mask, micro(attention_seconds(b, 8, 64, 1, s, mask)), None]
        for b, s, mask in product((1, 32), (64, 512), ("none", "given"))
    ]
    found = {
        "schema": 1,
        "device": device,
        "measured": {
            "date": "2026-01-02",
            "command": "calibrate.py",
            "gpu": "an invented one",
            "driver": "1.2",
            "torch": "2.11.0",
            "cuda": "13.0",
            "cpu": "an invented one",
            "python": "3.12.1",
            "power_limit_w": 700,
            "clock_mhz": {"idle": 300, "max": 1980, "loaded": 1500},
            "seconds": 90.0,
        },
        "floor": micro(FLOOR),
        "calls": {kind: [10.0 + place, 20.0 + place] for place, kind in enumerate(KINDS)}
        | {"parameter": [0.0, 5.0]},
        "traffic": [
            [size, micro(traffic_seconds(size)), micro(traffic_seconds(size))]
            for size in (2**p for p in range(10, 33))
        ],
        "optimizer": [
            [size, count, micro(optimizer_seconds(size, count)), 400.0 + 5 * count]
            for size, count in product((10**6, 10**7, 10**8, 10**9), (16, 64, 256, 1024))
        ],
        "attention": {"bf16": attention},
        "products": {"bf16": products},
        "collectives": {
            "all_reduce": {
                str(ranks): [[2**p, 20 + 2**p / 3e5 * (ranks - 1) / ranks] for p in range(12, 31, 2)]
                for ranks in (2, 4)
            }
        },
        "memory": {
            "total": 85_017_755_648,
            "context": 500 * 2**20,
            "scratch": 2**26,
            "communicator": {"2": 3 * 10**8},
        },
    }
    return found | changes


def text(device: str = "h100_80gb", **changes: Any) -> str:
    return json.dumps(profile(device, **changes))
