"""What a generated script reads beside its arguments: its own code, and that of the files that it imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tfc.files import digest, without_header
from tfc.run.inputs import file_hash


def imported(script: str, folder: Path) -> tuple[str, ...]:
    """A generated script and the files beside it that it imports, and they in turn."""
    found, open_ = set(), [script]
    while open_:
        name = open_.pop()
        if name in found or not (folder / name).is_file():
            continue
        found.add(name)
        for node in ast.walk(ast.parse((folder / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                open_ += [f"{alias.name}.py" for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                open_.append(f"{node.module}.py")
    return tuple(sorted(found))


def code(script: str, folder: Path) -> dict[str, str]:
    """The hash of each file of code that a script needs, less the headers."""
    return {
        name: digest(without_header((folder / name).read_text(encoding="utf-8")))
        for name in imported(script, folder)
    }


def made(files: Iterable[Path], runs: Path) -> dict[str, str]:
    """The hashes of files that earlier steps have made, by their path under `runs/`."""
    return {file.relative_to(runs).as_posix(): file_hash(file) for file in files if file.is_file()}
