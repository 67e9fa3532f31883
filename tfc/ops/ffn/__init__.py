"""What happens to each token by itself: one file a variant."""

from tfc.ops.ffn.base import Ffn
from tfc.ops.ffn.geglu import Geglu
from tfc.ops.ffn.gelu import Gelu
from tfc.ops.ffn.relu import Relu
from tfc.ops.ffn.swiglu import Swiglu

__all__ = ["Ffn", "Geglu", "Gelu", "Relu", "Swiglu"]
