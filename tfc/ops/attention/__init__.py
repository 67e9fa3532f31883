"""How a token finds the tokens that it reads: one file a variant."""

from tfc.ops.attention.base import Attention
from tfc.ops.attention.bigbird import BigBird
from tfc.ops.attention.full import Full
from tfc.ops.attention.longformer import Longformer
from tfc.ops.attention.performer import Performer
from tfc.ops.attention.sliding import Sliding

__all__ = ["Attention", "BigBird", "Full", "Longformer", "Performer", "Sliding"]
