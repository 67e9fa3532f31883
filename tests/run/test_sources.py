"""What is read, in every format and with every tokenizer, and that a model learns from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.run.folder import Folder
from tests.run.specs import READER, TRANSLATOR, changed

TRANSLATORS = {
    "tsv": {},
    "jsonl": {"data__train": 'pairs("train.{source}-{target}.jsonl")', "data__longer": "cut"},
    "gzip, bytes": {
        "data__train": 'pairs("train.{source}-{target}.tsv.gz")',
        "data__tokenizer": "bytes",
        "model__vocab": "",
        "model__context": "64 tokens",
        "data__buckets": "[32 tokens, 64 tokens]",
    },
    "a file a language": {
        "data__train": 'pairs("train.{language}.gz")',
        "data__dev": 'pairs("dev.{language}.gz")',
        "data__sources": "[en, de, fr]",
        "data__targets": "[en, de, fr]",
        "data__language_token": "target",
    },
    "two formats": {
        "data__train": 'pairs("train.{language}.gz")',
        "data__test": 'pairs("dev.{source}-{target}.jsonl")',
    },
    "star": {"data__train": 'pairs("train.{source}-{target}.ts*")'},
    "one file": {
        "data__train": 'pairs("train.en-de.tsv")',
        "data__dev": 'pairs("dev.en-de.tsv")',
        "data__languages": "",
        "data__sources": "",
        "data__targets": "",
        "model__vocab": "60",
    },
    "reverse": {"data__reverse": "true"},
    "bpe": {"data__tokenizer": "tokenizers(kind = bpe)", "model__vocab": "300", "data__sampling": "uniform"},
    "temperature": {"data__sampling": "temperature(5)", "train__batch": "1 Ki tokens"},
    "shares": {"data__sampling": "shares(fr = 70%)", "data__tokenizer": "sentencepiece(kind = bpe)"},
    "adapters": {"model__adapters": "bottleneck(rank = 4, per = language)"},
}
READERS = {
    "bytes": {},
    "sentencepiece": {
        "data__tokenizer": "sentencepiece",
        "model__vocab": "70",
        "data__dev": 'text("dev.txt")',
    },
    "languages": {
        "data__train": 'text("train.{language}.gz")',
        "data__languages": "[en, de, fr]",
        "data__tokenizer": "tokenizers(kind = unigram)",
        "model__vocab": "300",
        "data__sampling": "temperature(3)",
    },
    "encoder": {"model__family": "encoder", "data__dev": 'text("dev.txt")', "train__steps": "80"},
    "encoder of pieces": {
        "model__family": "encoder",
        "data__tokenizer": "sentencepiece",
        "model__vocab": "70",
        "train__batch": "1 Ki tokens",
        "train__steps": "80",
    },
}
CASES = [(TRANSLATOR, settings) for settings in TRANSLATORS.values()] + [
    (READER, settings) for settings in READERS.values()
]


@pytest.mark.parametrize(
    ("spec", "settings"), CASES, ids=[*TRANSLATORS, *(f"text, {name}" for name in READERS)]
)
def test_a_model_learns(compiled: Callable[..., Folder], spec: str, settings: dict[str, str]) -> None:
    folder = compiled(changed(spec, **settings))
    folder.train()
    losses = folder.losses()
    assert losses[max(losses)] < losses[10]
    assert (folder.model() / "weights.safetensors").exists()
    _round_trip(folder)


def _round_trip(folder: Folder) -> None:
    """What is encoded comes out as it went in."""
    with folder.imported() as load:
        data = load("data")

        tokenizer = data.prepare(folder.data, folder.runs, quiet=True).tokenizer
        # Spaces are a part of plain text; a sentence of pairs has them between words.
        for text in ("one red dog",) if hasattr(data, "DIRECTIONS") else ("one red dog", "two  big = cats "):
            assert tokenizer.decode(tokenizer.encode(text)) == text
