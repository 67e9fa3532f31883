"""Options that change the model: attention within a window, fewer layers or a smaller width."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.advise.option import Lever, Option
from tfc.advise.quality import UNKNOWN, shallower_decoder, windowed
from tfc.diagnostics.core import Safety
from tfc.fields import How
from tfc.repair.notch import Move, Notch
from tfc.spec.match import Match

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate

SHORTEST = 64  # tokens of the smallest window that is proposed
GIVEN = (How.WRITTEN, How.INHERITED)


class Models:
    """The options of one block that learns, which change its model."""

    def __init__(self, estimate: Estimate) -> None:
        self.model: Any = estimate.layout.model
        self.trained = estimate.layout.train.kind == "train"

    def options(self) -> Iterator[Option]:
        yield from self.local()
        # What begins with somebody's weights has their shape, and a student may be as small as its block says.
        if self.model.weights.name == "random":
            yield from self.fewer_layers()
            yield from self.shallower()
            yield from self.narrower()

    # ----------------------------------------------------------------------------------------- attention

    @property
    def is_local(self) -> bool:
        """Whether the model has no layer any more that a window would make cheaper, or one branch that has one."""
        return any(
            isinstance(side.attention, Match) or any(one.name != "full" for one in side.attention)
            for side in self.model.sides
        )

    def local(self) -> Iterator[Option]:
        if self.is_local:
            return
        quality = windowed(self.model.family)
        for part in (4, 8):
            window = self.model.context // part
            if window < SHORTEST:
                continue
            yield self._windows(
                f"sliding(window = {_tokens(window)})",
                f"each token reads the {_tokens(window)} around it",
                quality,
            )
            if all(side.layers >= 4 for side in self.model.sides):
                pattern = f"[3 x sliding(window = {_tokens(window)}), full]"
                yield self._windows(
                    pattern, f"three layers of four read only {_tokens(window)} around a token", quality
                )

    def _windows(self, text: str, title: str, quality: Any) -> Option:
        moves = tuple(Move(chain, "attention", text) for chain in self.holders("attention"))
        return Option(Lever.LOCAL, Notch(title, moves, Safety.CHANGES_MODEL), quality)

    def holders(self, name: str) -> list[tuple[Any, ...]]:
        """The blocks that say a setting of the layers: the model, or those of its sides that have their own."""
        model = self.model
        own = [
            side
            for side in model.sides
            if side.kind in ("encoder", "decoder") and self._says_itself(side, name)
        ]
        if not own:
            return [(model,)]
        return (
            [(model, side) for side in own] if len(own) == len(model.sides) else [(model,), *_in(model, own)]
        )

    def _says_itself(self, side: Any, name: str) -> bool:
        origin, above = side.origin_of(name), self.model.origin_of(name)
        return model_has_sides(self.model) and origin.how in GIVEN and origin.span != above.span

    # ---------------------------------------------------------------------------------------------- size

    def fewer_layers(self) -> Iterator[Option]:
        for share, said in ((0.75, "three layers of four"), (0.5, "half of the layers")):
            moves = []
            for chain in self.holders("layers"):
                now = chain[-1].layers
                fewer = max(1, round(now * share))
                if fewer < now:
                    moves.append(Move(chain, "layers", str(fewer)))
            if moves:
                yield self._smaller(said, moves)

    def shallower(self) -> Iterator[Option]:
        """Of a translator half of the decoder, where an answer spends its time."""
        model = self.model
        if model.family != "encoder_decoder" or model.decoder.layers < 2:
            return
        half = model.decoder.layers // 2
        move = Move((model, model.decoder), "layers", str(half))
        notch = Notch(
            f"half of the decoder's layers ({half} of {model.decoder.layers})", (move,), Safety.CHANGES_MODEL
        )
        yield Option(Lever.SMALLER, notch, shallower_decoder())

    def narrower(self) -> Iterator[Option]:
        """Half of the width, of the heads, and of the feed-forward layers where their size is written."""
        model = self.model
        moves = [Move((model,), "width", str(model.width // 2))]
        for name in ("heads", "kv_heads", "ffn"):
            for chain in self.holders(name):
                block = chain[-1]
                if block.origin_of(name).how not in GIVEN:
                    continue
                text = _halved(getattr(block, name))
                if not text:
                    return
                moves.append(Move(chain, name, text))
        if not model.width % 2 and model.origin_of("head_width").how not in GIVEN:
            yield self._smaller("half of the width", moves)

    def _smaller(self, title: str, moves: list[Move]) -> Option:
        return Option(Lever.SMALLER, Notch(title, tuple(moves), Safety.CHANGES_MODEL), UNKNOWN)


def model_has_sides(model: Any) -> bool:
    """Whether a spec of this family writes blocks for its sides."""
    return model.family == "encoder_decoder"


def _in(model: Any, sides: list[Any]) -> list[tuple[Any, ...]]:
    return [(model, side) for side in sides]


def _halved(value: Any) -> str:
    """Half of a count, or of what a feed-forward layer is wide; empty where there is no whole half."""
    if isinstance(value, int):
        return str(value // 2) if value % 2 == 0 else ""
    if isinstance(value, tuple) and len(value) == 1 and hasattr(value[0], "hidden"):
        one = value[0]
        if one.origin_of("hidden").how not in GIVEN:
            return one.name
        return f"{one.name}(hidden = {one.hidden // 2})" if one.hidden % 2 == 0 else ""
    return ""


def _tokens(number: int) -> str:
    return f"{number // 1024} Ki tokens" if number % 1024 == 0 else f"{number} tokens"
