"""The block `model`, and the sides `encoder` and `decoder` in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import tfc.ops
import tfc.spec.variants  # noqa: F401 - registers every family
from tfc.fields import (
    COUNT,
    MISSING,
    SHARE,
    TOKENS,
    TRUTH,
    Block,
    Computed,
    Family,
    Number,
    Pattern,
    Routed,
    Variant,
    choice,
    default,
    setting,
)
from tfc.spec.budget import Budget
from tfc.spec.match import Match
from tfc.units import Dimension

LAYERS = Number((Dimension.COUNT,), whole=True, least=1, most=10_000)  # the deepest there was had 1000
ROWS = 128  # of an embedding come in multiples of this: 1.34x on an H100 for a vocabulary that did not

Layered = tuple[Variant, ...]  # repeated to the top of the layers


def _not_routed(value: Any) -> bool:
    return not isinstance(value, Match)


def _head_width(given: Mapping[str, Any]) -> int:
    # Where it does not come out, TFS301 says so; here a width is needed that keeps what follows going.
    return max(1, given["width"] // given["heads"])


def _vocab(given: Mapping[str, Any]) -> Any:
    """The rows that bytes need; of another tokenizer they must be given."""
    tokenizer = given["data.tokenizer"]
    if tokenizer is None or tokenizer.name != "bytes":
        return MISSING
    written = (*given["data.targets"], *(given["data.sources"] if given["data.reverse"] else ()))
    return rows_for_bytes(given["data.train"].name, len(set(written)), given["family"])


def rows_for_bytes(source: str, languages: int, family: str) -> int:
    """The ids that the tokenizer `bytes` gives: special and language tokens for pairs, a mask for an encoder."""
    if source == "pairs":
        return 259 + languages
    return 257 if family == "encoder" else 256


class Layers(Block):
    """What the layers of a side are made of."""

    layers: int = setting(
        LAYERS,
        "layers of each side",
        also=("num_layers", "n_layer", "num_hidden_layers", "depth"),
        sides=True,
    )
    heads: int = setting(
        COUNT, "heads of attention", also=("num_attention_heads", "n_head", "num_heads"), sides=True
    )
    kv_heads: int = setting(
        COUNT,
        "heads of keys and values; divides `heads`",
        default=Computed("heads", lambda given: given["heads"]),
        also=("num_key_value_heads", "n_kv_heads"),
        sides=True,
    )
    head_width: int = setting(
        COUNT,
        "numbers of one head",
        default=Computed("width / heads", _head_width),
        also=("head_dim", "d_kv"),
        sides=True,
    )
    attention: Layered | Match = setting(
        Routed(Pattern(Family("attention"))),
        "how a token reads others: causal in a decoder, both ways in an encoder",
        default=default("attention", "full"),
        also=("attn", "self_attention"),
        sides=True,
        built=_not_routed,
    )
    cross: Variant | Match = setting(
        Routed(Family("attention")),
        "how the decoder of an `encoder_decoder` reads the source",
        default=default("attention", "full"),
        also=("cross_attention",),
        sides=True,
        built=_not_routed,
    )
    ffn: Layered = setting(
        Pattern(Family("ffn")),
        "what happens to each token by itself",
        default=default("ffn", "gelu"),
        also=("mlp", "feed_forward", "activation", "hidden_act"),
        sides=True,
    )
    norm: Variant = setting(
        Family("norm"),
        "how numbers are kept in scale",
        default=default("norm", "layer"),
        also=("normalization",),
        sides=True,
    )
    position: Variant = setting(
        Family("position"),
        "how a token knows where it is",
        default=default("position", "rope"),
        also=("position_embedding", "positional_encoding"),
        sides=True,
    )
    bias: bool = setting(
        TRUTH,
        "in projections and layer norms",
        default=False,
        also=("use_bias", "attention_bias"),
        sides=True,
    )
    dropout: float = setting(
        SHARE,
        "of what each half of a layer adds, and of the embeddings",
        default=0.0,
        also=("hidden_dropout", "resid_pdrop"),
        sides=True,
    )
    adapters: Variant = setting(
        Family("adapter"),
        "small parts beside the layers",
        default=default("adapter", "none"),
        also=("peft",),
        sides=True,
    )

    def attention_at(self, layer: int, length: int | None = None) -> Variant:
        """The attention of a layer, counted from 0; for `match length` the branch that `length` takes."""
        pattern = self.attention.at(length) if isinstance(self.attention, Match) else self.attention
        return pattern[layer % len(pattern)]

    def ffn_at(self, layer: int) -> Variant:
        """The feed-forward layer of a layer, counted from 0."""
        return self.ffn[layer % len(self.ffn)]


class Side(Layers):
    """The encoder or the decoder of a model: the model's values, or its own where it has them."""

    label: str = ""


class Encoder(Side, kind="encoder"):
    """What differs in the encoder."""


class Decoder(Side, kind="decoder"):
    """What differs in the decoder."""


class Model(Layers, kind="model"):
    """A transformer."""

    family: str = setting(
        choice("encoder_decoder", "decoder", "encoder"),
        "which sides it has",
        also=("architecture", "model_type"),
    )
    width: int = setting(
        COUNT, "numbers that a token has between layers", also=("hidden_size", "d_model", "n_embd", "dim")
    )
    context: int = setting(
        TOKENS,
        "the longest source, and the longest target, with their special tokens",
        also=("max_position_embeddings", "seq_length", "block_size"),
    )
    vocab: int = setting(
        COUNT,
        "rows of the embedding: pieces, special and language tokens; a tokenizer that is trained is trained "
        "to fill it",
        default=Computed(
            "must be given, unless `bytes`: 256 for text, for pairs 3 more and one a target language", _vocab
        ),
        also=("vocab_size",),
    )
    tied: bool = setting(
        TRUTH, "one table for source, target and output", default=False, also=("tie_word_embeddings",)
    )
    scaled: bool = setting(
        TRUTH, "embeddings times the root of `width`", default=False, also=("scale_embedding",)
    )
    weights: Variant = setting(
        Family("weights"),
        "what training begins with",
        default=default("weights", "random"),
        also=("pretrained", "init_from"),
    )
    encoder: Encoder | None = field(default=None)
    decoder: Decoder | None = field(default=None)
    budgets: tuple[Budget, ...] = field(default=(), compare=False)

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that the family has, the encoder first."""
        return tuple(side for side in (self.encoder, self.decoder) if side is not None)

    @property
    def rows(self) -> int:
        """Rows of the embedding: `vocab`, up to a multiple of 128."""
        return -(-self.vocab // ROWS) * ROWS

    @property
    def padding(self) -> int:
        """Rows of the embedding that no token uses."""
        return self.rows - self.vocab
