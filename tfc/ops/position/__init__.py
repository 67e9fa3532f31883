"""How a model knows where a token stands: one file a variant."""

from tfc.ops.position.absent import NoPosition
from tfc.ops.position.base import Position
from tfc.ops.position.learned import Learned
from tfc.ops.position.relative import Relative
from tfc.ops.position.rope import Rope
from tfc.ops.position.sinusoidal import Sinusoidal

__all__ = ["Learned", "NoPosition", "Position", "Relative", "Rope", "Sinusoidal"]
