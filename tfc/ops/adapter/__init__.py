"""Small parts that may differ from language to language: one file a variant."""

from tfc.ops.adapter.absent import NoAdapter
from tfc.ops.adapter.base import Adapter
from tfc.ops.adapter.bottleneck import Bottleneck
from tfc.ops.adapter.lora import Lora

__all__ = ["Adapter", "Bottleneck", "Lora", "NoAdapter"]
