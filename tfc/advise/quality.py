"""What an option does to quality: nothing, what a named source says of its like, or not known. tfc measures none of it
before a run, and claims none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

WITHIN = (70e6, 16e9)  # parameters of the models that the fit below was made on
IRREDUCIBLE, A, ALPHA, B, BETA = 1.69, 406.4, 0.34, 410.7, 0.28


@dataclass(frozen=True)
class Quality:
    """What is to be said of quality, and who says it; no source where it follows from how the run is computed."""

    text: str
    source: str = ""

    @property
    def known(self) -> bool:
        """Whether more can be said than that it is not known."""
        return not self.text.startswith("not known")


SAME = Quality("the same model from the same data, equal up to rounding")
UNKNOWN = Quality("not known: measure it with `evaluate.py`")

_WINDOWED = Quality(
    "not known of a window in the encoder; of one in the decoder a study of translation from English to German and to "
    'French found that it "loses very little in BLEU score"',
    "Chelba et al. 2020, arXiv 2001.04589",
)
_STUDENTS = {
    "encoder_decoder": Quality(
        'not known of this pair of models. A published student ran 10 times faster than its teacher "with little loss '
        'in performance" (recurrent networks); the captions of `examples/` lost 0.2 BLEU with half the decoder',
        "Kim and Rush 2016, arXiv 1606.07947; examples/captions.md",
    ),
    "encoder": Quality(
        'not known of this pair of models. A published student, 40% smaller, kept "97% of its language understanding '
        'capabilities"',
        "Sanh et al. 2019, arXiv 1910.01108",
    ),
    "decoder": Quality(
        'not known of this pair of models. A study found: "if only one student is to be distilled and a teacher also '
        'requires training, supervised learning is generally preferable"',
        "Busbridge et al. 2025, arXiv 2502.08606",
    ),
}
_SHALLOW = Quality(
    'not known of this model. A study of translation found that "given a sufficiently deep encoder, a one-layer '
    'autoregressive decoder yields state-of-the-art accuracy"',
    "Kasai et al. 2020, arXiv 2006.10369",
)


def windowed(family: str) -> Quality:
    """Of attention within a window."""
    return _WINDOWED if family == "encoder_decoder" else UNKNOWN


def distilled(family: str) -> Quality:
    """Of a student that learns from this model."""
    return _STUDENTS[family]


def shallower_decoder() -> Quality:
    """Of an encoder-decoder with fewer layers in its decoder only."""
    return _SHALLOW


def smaller(family: str, before: int, after: int, tokens: Any) -> Quality:
    """Of a model with fewer parameters; of decoders by a published fit, within the sizes that it was made on."""
    least, most = WITHIN
    if family != "decoder" or not tokens or not least <= after <= before <= most:
        return UNKNOWN
    was, now = loss(before, tokens), loss(after, tokens)
    return Quality(
        f"by a fit on other data and models its loss is {now:.3f} where this model's is {was:.3f}; "
        "what that means for a task is not known",
        "Hoffmann et al. 2022, arXiv 2203.15556, approach 3",
    )


def loss(parameters: float, tokens: float) -> float:
    """Cross-entropy of a decoder in nats a token, by the fit of Hoffmann et al. 2022: E + A/N^alpha + B/D^beta."""
    return IRREDUCIBLE + A / parameters**ALPHA + B / tokens**BETA
