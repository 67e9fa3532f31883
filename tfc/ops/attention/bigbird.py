"""BigBird's attention (Zaheer et al. 2020, arXiv 2007.14062)."""

from __future__ import annotations

from tfc.fields import TOKENS, Number, setting
from tfc.ops.attention.base import Attention
from tfc.units import Dimension


class BigBird(Attention, name="bigbird", built=False):
    """Blocks of tokens read a window of blocks, a few random blocks, and global tokens that all read."""

    window: int = setting(TOKENS, "how far a token reads, itself included", also=("window_size",))
    global_: int = setting(TOKENS, "tokens at the start that read all and are read by all", default=128)
    random: int = setting(
        Number((Dimension.BLOCKS,), whole=True, least=0),
        "random blocks that each block reads",
        default=3,
        also=("num_random_blocks",),
    )
    block: int = setting(TOKENS, "tokens in a block", default=64, also=("block_size",))
