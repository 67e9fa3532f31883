"""The application of a folder whose engine is made up, shared by the tests that only ask it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.serve.folder import Folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("served") / "folder")


@pytest.fixture
def served(folder: Folder) -> Iterator[SimpleNamespace]:
    with folder.served() as found:
        yield found
