"""What the scripts of a folder import: one another, and the packages that have to be installed."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping

from tfc.files import File


def reached(files: Mapping[str, File], scripts: Iterable[str]) -> tuple[str, ...]:
    """Scripts of the folder and those that they import, and they in turn."""
    found: set[str] = set()
    open_ = [script for script in scripts if script in files]
    while open_:
        script = open_.pop()
        if script not in found:
            found.add(script)
            modules = (f"{module.partition('.')[0]}.py" for module in _modules(files[script].text))
            open_ += [name for name in modules if name in files]
    return tuple(sorted(found))


def packages(files: Mapping[str, File], scripts: Iterable[str]) -> tuple[str, ...]:
    """The modules of others that scripts import, the standard library left out."""
    known = {*sys.stdlib_module_names, *(path.removesuffix(".py") for path in files)}
    found = {
        # The part of torch that writes curves needs a package of its own.
        "tensorboard" if module == "torch.utils.tensorboard" else module.partition(".")[0]
        for script in scripts
        for module in _modules(files[script].text)
    }
    return tuple(sorted(found - known))


def _modules(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
