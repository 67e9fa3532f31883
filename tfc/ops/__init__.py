"""What a layer may be made of: importing this declares every variant."""

from tfc.ops import adapter, attention, ffn, norm, position

__all__ = ["adapter", "attention", "ffn", "norm", "position"]
