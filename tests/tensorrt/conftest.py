"""Exported folders of each family, made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
import torch

from tests.tensorrt.deployed import ForEngines


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ForEngines]:
    """The folder of a family, exported when it is first asked for."""
    torch.set_num_threads(1)

    @cache
    def made(family: str) -> ForEngines:
        return ForEngines(tmp_path_factory.mktemp(family), family)

    return made
