"""A small translator and a small writer, trained once for all tests of this folder."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tests.evaluate.generated import PAIRS, TEXT, WORDS, Generated


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return Generated(tmp_path_factory.mktemp("pairs"), PAIRS.format(more=""))


@pytest.fixture(scope="session")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return Generated(tmp_path_factory.mktemp("text"), TEXT.format(family="decoder", tokenizer="bytes"))


@pytest.fixture(scope="session")
def half_trained(translator: Generated) -> Any:
    """A model in 64 bits that knows when to end, and not yet what to write."""
    return translator.model(steps=60, double=True)


@pytest.fixture(scope="session")
def asked(translator: Generated) -> SimpleNamespace:
    """Sources of different lengths, in one batch and each by itself, with the decoder's first token."""
    evaluate, tokenizer = translator.modules.evaluate, translator.prepared.tokenizer
    words = [(word, target) for word in WORDS[::3] for target in ("up", "re")]
    each = [tokenizer.source(word, target) for word, target in words]
    first = torch.tensor([tokenizer.first(target) for _, target in words])
    return SimpleNamespace(source=evaluate.pad(each, 0), each=each, first=first)
