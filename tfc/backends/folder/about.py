"""The files that are about the others: they come last, and are made from them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tfc.backends.assembly import Part, assemble
from tfc.backends.folder import readme, requirements
from tfc.files import FileSet

if TYPE_CHECKING:
    from tfc.plan import Plan


def about(plan: Plan, files: FileSet) -> FileSet:
    """The README and the requirements of a folder that holds `files`."""
    parts = (
        Part(
            "requirements.txt",
            partial(requirements.file, files=files),
            ("data", "train", "distill", "deploy"),
        ),
        Part("requirements-serve.txt", partial(requirements.serving, files=files), ("data", "deploy")),
        Part("README.md", partial(readme.file, files=files), ("model", "data", "train", "distill", "deploy")),
    )
    return assemble(plan, parts)
