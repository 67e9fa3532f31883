"""How much longer products take in a step that goes on and on than for the milliseconds in which each was timed.

`calibrate.py` trains a transformer for some seconds; what its step takes beyond the sum of its kernels is what heat and
the limit of power take of the clock. It is put down to products and attention, which draw the most.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfc.hardware.profile import Profile

ELEMENT, MASTER = 2, 4  # bytes of a number in the forward pass, and of a parameter
LEAST, MOST = 0.9, 1.5  # what is beyond is no clock: something else ran on the device
WIDENED, COLUMNS = 1.7, 3.0  # of kernels that are not vectorised: as operations declare them (tfc/ops)
TENSORS = 8  # parameters of a layer: four matrices, two norms with bias


def excess(profile: Profile, steady: Mapping[str, Any]) -> float:
    """Seconds of products and attention in the step that was measured, over those that their tables sum up to."""
    computed, rest = _computed(profile, steady), _rest(profile, steady)
    return min(MOST, max(LEAST, (steady["seconds"] - rest) / computed))


def _matrices(steady: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """Outputs and inputs of the projections of a layer."""
    width, hidden = steady["width"], steady["hidden"]
    return (3 * width, width), (width, width), (hidden, width), (width, hidden)


def _computed(profile: Profile, steady: Mapping[str, Any]) -> float:
    batch, length, heads = steady["batch"], steady["length"], steady["heads"]
    shape = (batch, heads, heads, steady["width"] // heads, length, length)
    attention = sum(profile.attention_alone(*shape, "causal", "bf16", backward) for backward in (False, True))
    products = sum(
        profile.product_alone(batch * length, n, k, "bf16", kind)
        for n, k in _matrices(steady)
        for kind in ("forward", "input", "weight")
    )
    return steady["layers"] * (attention + products)


def _rest(profile: Profile, steady: Mapping[str, Any]) -> float:
    """Copies of weights and of their gradients, norms, sums, GELU, the gradients put together, and the optimizer."""
    stream = steady["batch"] * steady["length"] * ELEMENT
    width, hidden = stream * steady["width"], stream * steady["hidden"]
    copies = [(ELEMENT + MASTER) * n * k * times for n, k in _matrices(steady) for times in (1, WIDENED)]
    norms = [2 * width, 3 * width, 2 * COLUMNS * width] * 2
    sums = [3 * width] * 4
    others = [2 * hidden, 3 * hidden, 6 * width]
    moved = sum(profile.traffic(size) for size in (*copies, *norms, *sums, *others))
    parameters = steady["layers"] * sum(n * k for n, k in _matrices(steady))
    return steady["layers"] * moved + profile.optimizer(parameters, TENSORS * steady["layers"])
