"""The block `data`: what is learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfc.fields import (
    AUTO,
    NAME,
    TOKENS,
    TRUTH,
    Auto,
    Block,
    Computed,
    Either,
    Family,
    ListOf,
    Number,
    Variant,
    choice,
    default,
    setting,
)
from tfc.spec.source import placeholders
from tfc.units import Dimension, Quantity

SIZE = Number((Dimension.SEQUENCES, Dimension.TOKENS), whole=True, least=1)


def _language_token(given: Mapping[str, Any]) -> str:
    more = given["sources"] if given["reverse"] else ()
    several = given["train"].name == "pairs" and len({*given["targets"], *more}) > 1
    return "source" if several else "none"


class Data(Block, kind="data", also=("dataset", "datasets")):
    """What is learnt from."""

    tokenizer: Variant = setting(Family("tokenizer"), "what text is cut into", also=("vocab_file",))
    train: Variant = setting(Family("source"), "what is trained on", also=("train_files",))
    dev: Variant | None = setting(
        Family("source"), "what is validated and calibrated on", default=None, also=("valid", "validation")
    )
    test: Variant | None = setting(Family("source"), "what scores are of, and nothing else", default=None)
    languages: tuple[str, ...] = setting(
        ListOf(NAME),
        "must be given if a source has placeholders",
        default=(),
        also=("langs",),
    )
    sources: tuple[str, ...] = setting(
        ListOf(NAME),
        "languages that are read",
        default=Computed("languages", lambda given: given["languages"]),
        also=("src_lang",),
    )
    targets: tuple[str, ...] = setting(
        ListOf(NAME),
        "languages that are written; the directions are the product of both, as far as files exist",
        default=Computed("languages", lambda given: given["languages"]),
        also=("tgt_lang",),
    )
    reverse: bool = setting(TRUTH, "read each file the other way round too", default=False)
    language_token: str = setting(
        choice("source", "target", "none"),
        "where the target's language is said: first in the source, or first in the decoder",
        default=Computed("`source` if several targets, else `none`", _language_token),
    )
    sampling: Variant = setting(
        Family("sampling"),
        "how often each language is seen",
        default=default("sampling", "temperature", 1),
        also=("sampling_temperature",),
    )
    longer: str = setting(
        choice("drop", "cut"),
        "pairs longer than `context`, counted; plain text is always cut into pieces of `context`",
        default="drop",
        also=("truncation",),
    )
    packing: bool = setting(
        TRUTH,
        "several sequences in a row",
        default=Computed("`true` for text, `false` for pairs", lambda given: given["train"].name != "pairs"),
    )
    buckets: tuple[int, ...] | Auto = setting(
        ListOf(TOKENS, least=1), "padded lengths", default=AUTO, auto=True
    )
    lengths: tuple[int, int] | None = setting(
        Either((TOKENS, ListOf(TOKENS, least=2, most=2))),
        "typical lengths of source and target, for predicted time; memory takes the longest bucket",
        default=Computed("context", lambda given: None),
    )
    size: Quantity | None = setting(
        SIZE, "how much there is: for predicted time if training is in `epochs`", default=None
    )

    @property
    def parallel_text(self) -> bool:
        """Whether it is pairs of a source and a target."""
        return self.train.name == "pairs"

    @property
    def directions(self) -> tuple[tuple[str, str], ...]:
        """Pairs of source and target language that are looked for, less the identity."""
        return tuple((a, b) for a in self.sources for b in self.targets if a != b)

    @property
    def written(self) -> tuple[str, ...]:
        """The languages that a model learns to write: the targets, and with `reverse` the sources too."""
        return tuple(dict.fromkeys((*self.targets, *(self.sources if self.reverse else ()))))

    @property
    def placeholders(self) -> frozenset[str]:
        """The placeholders that the paths of its sources have."""
        return frozenset().union(*(placeholders(source) for source in (self.train, self.dev, self.test)))
