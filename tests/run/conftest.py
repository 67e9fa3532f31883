"""Corpora that the tests of generated code share, and folders compiled beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.run.folder import Folder
from tests.run.phrases import phrases, write, write_pairs


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pairs in every format, and text."""
    place = tmp_path_factory.mktemp("corpora")
    for language, number in (("de", 400), ("fr", 100)):
        for ending in ("tsv", "jsonl", "tsv.gz"):
            write_pairs(place / f"train.en-{language}.{ending}", phrases(number, "en", language, seed=1))
            write_pairs(place / f"dev.en-{language}.{ending}", phrases(21, "en", language, seed=2))
    for split, number in (("train", 300), ("dev", 20)):
        lines = phrases(number, "en", "de", "fr", seed=len(split))
        for column, language in enumerate(("en", "de", "fr")):
            write(place / f"{split}.{language}.gz", (line[column] for line in lines))
        pairs = phrases(2 * number, "en", "de", seed=number)
        write(place / f"{split}.txt", (f"{a} = {b}" for a, b in pairs))
    return place


@pytest.fixture
def compiled(corpora: Path, request: pytest.FixtureRequest) -> Callable[..., Folder]:
    """Compile a spec beside the corpora; a second one of the same test has a name of its own."""
    stem = request.node.name.translate(str.maketrans("[]/ ", "____"))
    return lambda spec, name="": Folder(corpora, spec, f"{stem}{name}")
