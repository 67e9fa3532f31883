"""What all feed-forward layers share."""

from __future__ import annotations

from tfc.fields import Computed
from tfc.ops.base import Op

HIDDEN_ALSO = ("intermediate_size", "ffn_dim", "d_ff", "n_inner", "dim_feedforward", "ffn_hidden_size")
FOUR_WIDTHS = Computed("4 * width", lambda given: 4 * given["width"])
TWO_THIRDS_OF_FOUR_WIDTHS = Computed(
    "8 / 3 * width, up to a multiple of 256", lambda given: -(-8 * given["width"] // (3 * 256)) * 256
)


class Ffn(Op, family="ffn"):
    """What happens to each token by itself."""
