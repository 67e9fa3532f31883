"""The steps after a model has learnt: what it is exported to, and the server that answers with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfc.cost.items import Figure
from tfc.diagnostics.core import Report
from tfc.run.child import Stopped, serve
from tfc.run.measured import aligned, row
from tfc.run.quality import judged
from tfc.run.scoring import score_deployment
from tfc.run.scripts import code, made
from tfc.run.steps import Step
from tfc.run.work import ENGINE, WEIGHTS, Task, Work


def export(work: Work, step: Step) -> Report:
    """Export a deployment, build its engines and score it, as far as that is not done; how it meets its budgets.

    Raises `Stopped` if it was asked to stop, and `Failed` if a script ended with an error.
    """
    folder = step.folder(work.runs)
    work.once(exporting(work, step))
    if step.block.target.name == "tensorrt":
        work.once(_building(work, step, folder))
    score_deployment(work, step)
    for line in _beside(work, step, folder):
        work.tell(line)
    return Report(judged(work, step))


def exporting(work: Work, step: Step) -> Task:
    """What `export.py` reads and makes for a deployment."""
    given = work.hashes(work.wanted(step)) | code("export.py", work.folder)
    given |= made([work.model(step.model) / WEIGHTS], work.runs)
    reads = work.plan.solved.models[step.model].family == "encoder_decoder"
    command = work.script("export.py", step.label, data=reads)
    return Task(f"{step.name}: export.py", command, given, step.folder(work.runs) / ENGINE)


def answer(work: Work, step: Step) -> Report:
    """Serve a deployment in the foreground, until the server is asked to stop and has answered what it had accepted.

    Raises `Failed` if it ended with an error.
    """
    try:
        serve(work.script("serve.py", step.label, data=False), work.folder, {"PYTHON": work.python})
    except Stopped:
        work.tell(f"{step.name}: stopped, with every accepted request answered")
    return Report()


def _building(work: Work, step: Step, folder: Path) -> Task:
    graphs = sorted(folder.glob("*.onnx*"))
    given = code("build_engine.py", work.folder) | made(graphs, work.runs)
    command = work.script("build_engine.py", step.label, data=False)
    # Engines are named by what they run on: one that is gone is built again.
    engines = [folder / engine["file"] for engine in _facts(folder).get("engines", ())]
    product = next(
        (file for file in engines if not file.exists()), engines[0] if engines else folder / "none"
    )
    return Task(f"{step.name}: build_engine.py", command, given, product)


def _beside(work: Work, step: Step, folder: Path) -> Iterator[str]:
    """What the files were predicted to take, and what they take."""
    facts = _facts(folder)
    size, files = work.plan.servings[step.name].metric("size"), facts.get("sizes", {})
    if facts.get("engines"):  # they were built from the graphs, and are served without them
        files = {name: amount for name, amount in files.items() if not name.endswith((".onnx", ".data"))}
    if isinstance(size, Figure) and files:
        yield from aligned([row("size", size, sum(files.values()))])


def _facts(folder: Path) -> dict[str, Any]:
    """What `export.py`, and `build_engine.py` after it, say of a deployment."""
    return json.loads((folder / ENGINE).read_text(encoding="utf-8"))
