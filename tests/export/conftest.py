"""One folder in which a model is deployed in every way."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from tests.export.folders import modules, translator


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The modules that make graphs."""
    return modules(tmp_path_factory.mktemp("ways"), translator(), "lowering", "graphs", "model")


@pytest.fixture(scope="session")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The same for a model with adapters of its languages."""
    spec = translator(more="adapters = bottleneck(rank = 4, per = language)")
    return modules(tmp_path_factory.mktemp("adapted"), spec, "lowering", "graphs", "model")
