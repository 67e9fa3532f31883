"""BigBird's attention (Zaheer et al. 2020, arXiv 2007.14062)."""

from __future__ import annotations

from tfc.fields import TOKENS, Number, setting
from tfc.ops.attention.base import Attention
from tfc.ops.base import Amount, Sizes, least
from tfc.units import Dimension


class BigBird(Attention, name="bigbird", built=False):
    """Blocks of tokens read a window of blocks, a few random blocks, and global tokens that all read."""

    window: int = setting(TOKENS, "tokens in the window around a token", also=("window_size",))
    global_: int = setting(TOKENS, "tokens at the start that read all and are read by all", default=128)
    random: int = setting(
        Number((Dimension.BLOCKS,), whole=True, least=0),
        "random blocks that each block reads",
        default=3,
        also=("num_random_blocks",),
    )
    block: int = setting(TOKENS, "tokens in a block", default=64, also=("block_size",))

    def pairs(self, length: Amount, reads: Amount, causal: bool) -> Amount:
        """Section 2 of the paper: window, random and global parts; a causal one reads what is before it of each."""
        special = least(self.global_, length)
        plain = least(self.window + self.global_ + self.random * self.block, reads)
        both = special * reads + (length - special) * plain
        return (both + length) // 2 if causal else both

    def executed(self, sizes: Sizes) -> Amount:
        return self.useful(sizes)  # by blocks: what is not read is not computed

    def mask(self, sizes: Sizes) -> Amount:
        return sizes.batch * sizes.reads
