"""How the numbers of a token are brought to one scale: one file a variant."""

from tfc.ops.norm.base import Norm
from tfc.ops.norm.layer import LayerNorm
from tfc.ops.norm.rms import RmsNorm

__all__ = ["LayerNorm", "Norm", "RmsNorm"]
