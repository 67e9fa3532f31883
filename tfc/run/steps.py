"""The steps that a spec asks for, and what each reads: it is done when it was done with the same."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfc.diagnostics.core import Diagnostic, Report
from tfc.files import digest, without_header
from tfc.plan import Plan
from tfc.run.inputs import file_hash

NAMES = ("train", "distill", "export", "serve", "all")
NOT_YET = ("distill", "export", "serve")


@dataclass(frozen=True)
class Step:
    """One `train` block: what is run, and where its model's folder is."""

    name: str  # the full name of the block
    block: Any
    model: str

    def folder(self, runs: Path) -> Path:
        return runs / "models" / self.model


def steps(plan: Plan, wanted: str) -> tuple[Step, ...]:
    """The steps of `train` or `all`; raises `SpecError` for one that is not generated yet, or if there is none."""
    if wanted in NOT_YET:
        message = f"`tfc run` does not {wanted} yet"
        help = "`tfc run FILE train` trains; what comes after it is in a later version"
        Report([Diagnostic("TFS605", message, help=help)]).raise_errors()
    spec = plan.solved
    found = tuple(
        Step(spec.full_name(block), block, spec.model_of(block).label) for block in spec.trains.values()
    )
    if not found:
        help = "a `train { }` block says how a model is trained"
        Report([Diagnostic("TFS106", "this spec has no `train` block to run", help=help)]).raise_errors()
    return found


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


def inputs(script: str, folder: Path, data: Mapping[str, str], weights: Path | None = None) -> dict[str, str]:
    """The hashes of all that a script reads: code less its headers, `data`, and weights if it reads any."""
    code = {
        name: digest(without_header((folder / name).read_text(encoding="utf-8")))
        for name in imported(script, folder)
    }
    return code | dict(data) | ({weights.name: file_hash(weights)} if weights is not None else {})
