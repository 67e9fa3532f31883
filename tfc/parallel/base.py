"""What a way of dividing work declares: which part of everything a rank keeps, what it sends, and what it excludes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout

# A number, or a numpy array of numbers where many layouts are evaluated at once.
Amount = Any


@dataclass(frozen=True)
class Kept:
    """The part of each kind of memory that one rank keeps; parts of several strategies multiply.

    `inner` is what lies inside attention and feed-forward layers, `edge` the stream between them, `copies` are
    weights as the forward pass has them.
    """

    weights: Amount = 1
    copies: Amount = 1
    gradients: Amount = 1
    optimizer: Amount = 1
    inner: Amount = 1
    edge: Amount = 1

    def __mul__(self, other: Kept) -> Kept:
        return Kept(
            self.weights * other.weights,
            self.copies * other.copies,
            self.gradients * other.gradients,
            self.optimizer * other.optimizer,
            self.inner * other.inner,
            self.edge * other.edge,
        )


@dataclass(frozen=True)
class Work:
    """What the strategies need to know of one rank's part in one step to say what they send."""

    parameter_bytes: Amount  # of the rank's stage as they are gathered, before ZeRO's shards
    gradient_bytes: Amount  # likewise, as they are reduced
    stream_bytes: Amount  # of the stream between two layers, for one micro-batch, whole
    key_value_bytes: Amount  # of the keys and values of one layer, for one micro-batch
    layers: Amount  # of the rank's stage
    micro_batches: Amount  # in a step
    recomputed: bool  # whether the forward pass is done twice


@dataclass(frozen=True)
class Message:
    """A collective that each of `count` times in a step moves `size` bytes among `ranks`."""

    collective: str  # "all_reduce", "all_gather", "reduce_scatter" or "send"
    ranks: Amount
    size: Amount  # bytes of the whole tensor
    count: Amount
    span_of_ranks: Amount  # how many neighbouring ranks the group stretches over: beyond a node, it is slow
    hidden: float  # the part that may run beside computation
    what: str
    setting: str  # the setting of `parallel { }` that causes it


@dataclass(frozen=True)
class Conflict:
    """Settings of `parallel { }` that cannot stand together, and why."""

    settings: tuple[str, ...]
    text: str


class Strategy:
    """One way of dividing work."""

    setting: ClassVar[str] = ""

    def kept(self, layout: Layout) -> Kept:
        """Which part of each kind of memory a rank keeps."""
        return Kept()

    def sends(self, layout: Layout, work: Work) -> Iterable[Message]:
        """What a rank sends in one step."""
        return ()

    def forbids(self, layout: Layout) -> Iterable[Conflict]:
        """What it cannot stand beside."""
        return ()
