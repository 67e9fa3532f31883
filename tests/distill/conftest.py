"""A translator and two readers of text, trained once, and folders in which others learn from them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.distill.specs import BESIDE, DECODER, ENCODER, LESSONS
from tests.run.conftest import compiled, corpora
from tests.run.folder import Folder

__all__ = ["compiled", "corpora"]
TEACHERS = {"decoder": DECODER, "encoder": ENCODER}


@pytest.fixture(scope="session")
def teacher_of(corpora: Path) -> Callable[[str], Folder]:
    """The folder of a trained teacher: of the translator, or of a family that reads text."""
    found: dict[str, Folder] = {}

    def of(family: str) -> Folder:
        if family not in found:
            folder = found[family] = Folder(corpora, TEACHERS.get(family, BESIDE), f"taught_{family}")
            folder.train()
        return found[family]

    return of


@pytest.fixture(scope="session")
def school(corpora: Path, teacher_of: Callable[[str], Folder]) -> Callable[..., Folder]:
    """A folder with a lesson, by its name or as a spec, beside the weights of its teacher."""

    def compiled(spec: str, name: str, family: str = "encoder_decoder") -> Folder:
        folder = Folder(corpora, spec, name)
        shutil.rmtree(folder.runs, ignore_errors=True)
        shutil.copytree(teacher_of(family).runs, folder.runs)
        return folder

    return compiled


@pytest.fixture(scope="session")
def lesson_of(school: Callable[..., Folder]) -> Callable[[str], Folder]:
    """The folder of a lesson by its name, made once: for tests that train nothing."""
    found: dict[str, Folder] = {}

    def of(name: str) -> Folder:
        if name not in found:
            found[name] = school(LESSONS[name], f"lesson_{name}")
        return found[name]

    return of
