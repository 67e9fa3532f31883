"""What text is cut into."""

from __future__ import annotations

from tfc.fields import TEXT, Variant, choice, setting

PIECES = choice("unigram", "bpe")


class Tokenizer(Variant, family="tokenizer"):
    """What text is cut into, and the numbers of the pieces."""


class Bytes(Tokenizer, name="bytes"):
    """The bytes of UTF-8: nothing to train, nothing unknown, long sequences."""


class SentencePiece(Tokenizer, name="sentencepiece"):
    """Pieces by SentencePiece: loaded, or without a path trained on `data.train`."""

    path: str | None = setting(TEXT, "a `.model` file; trained if none is given", default=None)
    kind: str = setting(PIECES, "how the pieces are found", default="unigram", also=("model_type",))


class Tokenizers(Tokenizer, name="tokenizers"):
    """Pieces by Hugging Face's `tokenizers`: loaded, or without a path trained on `data.train`."""

    path: str | None = setting(TEXT, "a `tokenizer.json`; trained if none is given", default=None)
    kind: str = setting(PIECES, "how the pieces are found", default="bpe", also=("model_type",))


class HubTokenizer(Tokenizer, name="hf", built=False):
    """The tokenizer of a model on the Hugging Face hub."""

    name_: str = setting(TEXT, "owner and model")
    revision: str | None = setting(TEXT, "the commit; recorded in `tfc.lock` if none is given", default=None)
