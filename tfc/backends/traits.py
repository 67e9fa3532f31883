"""What the models of a spec have in common, and where they differ: the code holds no more than they need.

What is alike in all is written into the code. What differs is a value of the Config, and the code asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from tfc.graph.build import written_languages
from tfc.ops.base import Op
from tfc.ops.ffn import Ffn
from tfc.ops.norm import Norm
from tfc.spec.train import together

if TYPE_CHECKING:
    from tfc.spec.distill import Distill
    from tfc.spec.model import Model, Side
    from tfc.spec.spec import Spec
    from tfc.spec.train import Train

CLASSES = {"encoder_decoder": "EncoderDecoder", "decoder": "Decoder", "encoder": "Encoder"}
FAMILIES = tuple(CLASSES)
ABSOLUTE = ("learned", "sinusoidal")  # positions that are added to the embeddings
# Names that `model.py` has for itself.
TAKEN = frozenset({"PAD", "IGNORE", "F", "NORMS", "POSITIONS", "FFNS", "ADAPTERS", "FAMILIES"})

Run = Any  # a `Train` or a `Distill`: both say how a model is trained


def constant(label: str) -> str:
    """The name of a model's Config in the generated code."""
    return f"{label.upper()}_MODEL" if label.upper() in TAKEN else label.upper()


def module_of(spec: Spec, model: Model) -> str:
    """The class of the model: `Transformer` where all models are of one family."""
    families = {other.family for other in spec.models.values()}
    return "Transformer" if len(families) == 1 else CLASSES[model.family]


def alike(values: Iterable[Any]) -> Any:
    """The value that all have, or None where they differ."""
    found = list(dict.fromkeys(values))
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Traits:
    """The models that one file is for, and the runs that train them. The templates see the properties by name."""

    models: tuple[Model, ...]
    trains: tuple[Run, ...] = ()
    languages: tuple[tuple[str, ...], ...] = ()  # that each model writes

    @staticmethod
    def of(spec: Spec) -> Traits:
        """Those of all models and runs of a spec."""
        models = tuple(spec.models.values())
        runs: tuple[Train | Distill, ...] = (*spec.trains.values(), *spec.distills.values())
        return Traits(models, runs, tuple(written_languages(spec, model) for model in models))

    def shown(self) -> dict[str, Any]:
        """The properties, by name."""
        return {
            name: getattr(self, name)
            for name, value in vars(Traits).items()
            if isinstance(value, cached_property)
        }

    # ------------------------------------------------------------------------------------------- families and sides

    @cached_property
    def families(self) -> tuple[str, ...]:
        return tuple(name for name in FAMILIES if any(model.family == name for model in self.models))

    @cached_property
    def encodes(self) -> bool:
        return self.families != ("decoder",)

    @cached_property
    def decodes(self) -> bool:
        return self.families != ("encoder",)

    @cached_property
    def crosses(self) -> bool:
        """Whether a decoder reads a source."""
        return "encoder_decoder" in self.families

    @cached_property
    def crosses_all(self) -> bool:
        """Whether every decoder reads a source."""
        return self.crosses and "decoder" not in self.families

    @cached_property
    def sides(self) -> tuple[Side, ...]:
        return tuple(side for model in self.models for side in model.sides)

    @cached_property
    def sided(self) -> bool:
        """Whether the two sides of a model differ in more than their number of layers."""
        if len(self.families) > 1:
            return self.crosses
        return self.crosses and any(
            _described(model.sides[0]) != _described(model.sides[1]) for model in self.models
        )

    @cached_property
    def causal(self) -> bool | None:
        """Whether self-attention is causal, or None where that of a decoder is and that of an encoder is not."""
        return None if self.encodes and self.decodes else self.decodes

    # ------------------------------------------------------------------------------------------- kinds of operations

    def kinds(self, chosen: Callable[[Side], Iterable[Any]]) -> tuple[Op, ...]:
        """The variants that some side has, each name once."""
        found: dict[str, Op] = {}
        for side in self.sides:
            for op in chosen(side):
                found.setdefault(op.name, cast(Op, op))
        return tuple(found.values())

    @cached_property
    def norms(self) -> tuple[Op, ...]:
        return self.kinds(lambda side: (side.norm,))

    @cached_property
    def ffns(self) -> tuple[Op, ...]:
        return self.kinds(ffns_of)

    @cached_property
    def positions(self) -> tuple[Op, ...]:
        return self.kinds(lambda side: (side.position,))

    @cached_property
    def adapters(self) -> tuple[Op, ...]:
        return tuple(op for op in self.kinds(lambda side: (side.adapters,)) if op.name != "none")

    @cached_property
    def adapted(self) -> tuple[str, ...]:
        """What has an adapter of its own: `language`, or `none` for one that all share."""
        found = (getattr(side.adapters, "per", None) for side in self.sides)
        return tuple(sorted({per for per in found if per is not None}))

    # ------------------------------------------------------------------------------------------- all, some or none

    def how_many(self, holds: Callable[[Side], bool], sides: Iterable[Side] | None = None) -> str:
        """`all`, `some`, or nothing: a text, so that a template can ask for any and for all."""
        found = {holds(side) for side in (self.sides if sides is None else sides)}
        return "" if True not in found else "all" if len(found) == 1 else "some"

    @cached_property
    def rope(self) -> str:
        return self.how_many(lambda side: side.position.name == "rope")

    @cached_property
    def places(self) -> str:
        """Whether positions are added to the embeddings."""
        return self.how_many(lambda side: side.position.name in ABSOLUTE)

    @cached_property
    def adapts(self) -> str:
        return self.how_many(lambda side: side.adapters.name != "none")

    @cached_property
    def by_language(self) -> str:
        return self.how_many(lambda side: getattr(side.adapters, "per", "") == "language")

    @cached_property
    def windowed_encoder(self) -> str:
        return self._windowed("encoder")

    @cached_property
    def windowed_decoder(self) -> str:
        return self._windowed("decoder")

    def _windowed(self, kind: str) -> str:
        return self.how_many(lambda side: any(windows(side)), [s for s in self.sides if s.kind == kind])

    @cached_property
    def windowed_cross(self) -> str:
        crossing = (model.sides[1] for model in self.models if model.family == "encoder_decoder")
        return self.how_many(lambda side: window_of(side.cross) > 0, crossing)

    @cached_property
    def windowed(self) -> bool:
        return bool(self.windowed_encoder or self.windowed_decoder or self.windowed_cross)

    @cached_property
    def layered_windows(self) -> bool:
        """Whether the window differs from layer to layer in some side."""
        return any(len(set(windows(side))) > 1 for side in self.sides)

    @cached_property
    def layered_ffn(self) -> bool:
        """Whether the feed-forward layer differs from layer to layer in some side."""
        return any(len(set(side.ffn)) > 1 for side in self.sides)

    @cached_property
    def self_mask(self) -> bool:
        """Whether self-attention is given a mask somewhere."""
        return self.encodes or bool(self.windowed_decoder)

    @cached_property
    def grouped(self) -> str:
        """Whether several heads share a key-value head."""
        return self.how_many(lambda side: side.kv_heads != side.heads)

    @cached_property
    def drops(self) -> bool:
        return any(side.dropout > 0 for side in self.sides)

    # ------------------------------------------------------------------------------------------- alike, or None

    @cached_property
    def place(self) -> str | None:
        """Of the norms."""
        return alike(norm_of(side).place for side in self.sides)

    @cached_property
    def tied(self) -> bool | None:
        return alike(model.tied for model in self.models)

    @cached_property
    def scaled(self) -> bool | None:
        return alike(model.scaled for model in self.models)

    @cached_property
    def pads(self) -> bool | None:
        """Whether tables have rows that no token uses."""
        return alike(model.padding > 0 for model in self.models)

    # ------------------------------------------------------------------------------------------- how they are trained

    @cached_property
    def smooths(self) -> bool:
        return any(smoothing(train) > 0 for train in self.trains)

    @cached_property
    def recomputes(self) -> str:
        found = {recomputed(train) for train in self.trains}
        return "" if True not in found else "all" if len(found) == 1 else "some"

    @cached_property
    def plain(self) -> bool:
        """Whether blocks are compiled: then the compiler chooses what is kept, and our own ways stand aside."""
        return together(self.trains) == "blocks"

    @cached_property
    def fused(self) -> bool:
        """Whether the steps between products are compiled, each function by itself."""
        return together(self.trains) == "functions"

    @cached_property
    def lean(self) -> bool:
        """Whether a function is evaluated again as it stands: an adapter's, and any other that is not fused."""
        own = () if self.fused else (*self.norms, *self.ffns)
        adapted = self.norms if self.adapted else ()
        return not self.plain and any(op.lean for op in (*own, *adapted))


def smoothing(train: Run) -> float:
    """How far the model's own loss smooths labels; beside a teacher's distribution, `distill.py` does."""
    if getattr(train, "kind", "train") == "train":
        return getattr(train.loss, "smoothing", 0)
    return 0 if train.loss_called("kl") else getattr(train.loss_called("cross_entropy"), "smoothing", 0)


def recomputed(train: Run) -> bool:
    """Whether its blocks are computed again in the backward pass."""
    return getattr(train.recompute, "name", "none") == "full"


def norm_of(side: Side) -> Norm:
    return cast(Norm, side.norm)


def ffns_of(side: Side) -> tuple[Ffn, ...]:
    """The pattern of feed-forward layers."""
    return cast(tuple[Ffn, ...], side.ffn)


def window_of(op: Any) -> int:
    """How far a token reads; 0 is all the way."""
    return getattr(op, "window", 0)


def windows(side: Side) -> tuple[int, ...]:
    """The pattern of windows from layer to layer."""
    return tuple(window_of(op) for op in cast(tuple[Op, ...], side.attention))


def _described(side: Side) -> tuple[Any, ...]:
    """All that is written of a side but the number of its layers, and its reading of the other side."""
    return (
        *(side.heads, side.kv_heads, side.head_width, windows(side), side.ffn, side.norm),
        *(side.position, side.bias, side.dropout, side.adapters),
    )
