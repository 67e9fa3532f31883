"""What a model is made of: importing this declares every variant."""

from tfc.ops import adapter, attention, ffn, norm, position

__all__ = ["adapter", "attention", "ffn", "norm", "position"]
