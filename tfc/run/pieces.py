"""How many tokens a tokenizer's file has, read without the library that made it."""

from __future__ import annotations

import json
from pathlib import Path

from tfc.diagnostics.core import Diagnostic, Label, Span
from tfc.fields import Variant
from tfc.spec.model import Model
from tfc.units import group

PIECES = 1  # the number of the field of SentencePiece's ModelProto that is repeated for each piece


class Unreadable(ValueError):
    """A file that is no tokenizer of this kind."""


def too_many(tokenizer: Variant, model: Model, place: Path) -> Diagnostic | None:
    """TFS702, if a tokenizer that is loaded has more tokens than the model has rows, or cannot be read."""
    vocab, span = model.span_of("vocab"), tokenizer.span_of("path") or tokenizer.origin.span
    try:
        count = (sentencepiece if tokenizer.name == "sentencepiece" else tokenizers)(place.read_bytes())
    except Unreadable as error:
        message = f"`{place.name}` is no file of `{tokenizer.name}`"
        return Diagnostic("TFS702", message, _labels((span, str(error)), (None, "")))
    if count <= model.vocab:
        return None
    return Diagnostic(
        "TFS702",
        f"the tokenizer has {group(count)} tokens, and the model has room for {group(model.vocab)}",
        _labels((vocab, "the model's"), (span, f"has {group(count)}")),
        notes=("special and language tokens that the file lacks come on top",),
        help=f"write `vocab = {count}`, or more where tokens come on top",
    )


def tokenizers(content: bytes) -> int:
    """The tokens of a `tokenizer.json`, those that were added to it included."""
    try:
        raw = json.loads(content)
        vocab = raw["model"]["vocab"]
        added = {token["content"] for token in raw.get("added_tokens", ())}
        # A unigram model has pairs of a piece and its score, the others pieces and their numbers.
        return len(added | {piece if isinstance(piece, str) else piece[0] for piece in vocab})
    except (ValueError, KeyError, TypeError, IndexError):
        raise Unreadable("it is no JSON with a `model` and its `vocab`") from None


def sentencepiece(content: bytes) -> int:
    """The pieces of a `.model`: the fields of number 1 of a protocol buffer (its encoding, in the public guide)."""
    count = at = 0
    try:
        while at < len(content):
            key, at = _varint(content, at)
            number, kind = key >> 3, key & 7
            if kind == 0:
                _, at = _varint(content, at)
            elif kind == 2:
                size, at = _varint(content, at)
                at += size
            elif kind in (1, 5):
                at += 8 if kind == 1 else 4
            else:
                raise Unreadable("it is no protocol buffer")
            count += number == PIECES
    except IndexError:
        raise Unreadable("it is no protocol buffer") from None
    if not count or at != len(content):
        raise Unreadable("it has no pieces")
    return count


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number of variable length at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _labels(*said: tuple[Span | None, str]) -> tuple[Label, ...]:
    return tuple(Label(span, text, primary=not index) for index, (span, text) in enumerate(said) if span)
