"""Small models that have learnt a little, each with its deployments, for all tests of this folder."""

from __future__ import annotations

import pytest
import torch

from tests.runtime.deployed import PAIRS, TEXT, Deployed, deploy


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """Half-trained: it knows when to end, and not yet what to write."""
    deployments = (
        deploy("greedy"),
        deploy("beams", decoding="beam(4, length_penalty = 0.6)"),
        deploy("rounded", precision="int8"),
        deploy("rounded_beams", precision="int8", decoding="beam(4)"),
        deploy("short", decoding="greedy(ratio = 0.5)", input="1..32", output="1..10", batch="1..4"),
        deploy("drawn", decoding="sample(0.7, top_k = 20, top_p = 0.9)"),
    )
    return Deployed(tmp_path_factory.mktemp("pairs"), PAIRS.format(more="") + "".join(deployments), 110)


@pytest.fixture(scope="session")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """With adapters for each language on both sides, and beams alone."""
    more = "adapters = bottleneck(rank = 4, per = language)"
    spec = PAIRS.format(more=more) + deploy("api", decoding="beam(3)")
    return Deployed(tmp_path_factory.mktemp("adapted"), spec, 60)


@pytest.fixture(scope="session")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """Of bytes: no token ends a text."""
    spec = TEXT.format(family="decoder", tokenizer="bytes", position="learned", more="")
    spec += deploy("greedy", input="1..40") + deploy("drawn", decoding="sample(0.8)", output="1..12")
    return Deployed(tmp_path_factory.mktemp("bytes"), spec, 60)


@pytest.fixture(scope="session")
def teller(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """Of pieces, where a line ends in a token."""
    spec = TEXT.format(family="decoder", tokenizer="tokenizers", position="rope", more="vocab = 280")
    spec += deploy("api") + deploy("rounded", precision="int8")
    return Deployed(tmp_path_factory.mktemp("pieces"), spec, 60)


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """An encoder, for its states and for its guesses."""
    spec = TEXT.format(family="encoder", tokenizer="bytes", position="rope", more="vocab = 257")
    spec += deploy("states") + deploy("guesses", gives="scores")
    return Deployed(tmp_path_factory.mktemp("encoder"), spec, 60)
