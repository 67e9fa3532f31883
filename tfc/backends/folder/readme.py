"""`README.md`: how to train, distil, export, serve and ask, what each file is, what was predicted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tfc.backends.folder.contents import contents
from tfc.backends.folder.learning import learning, purpose
from tfc.backends.folder.predicted import predicted
from tfc.backends.folder.serving import serving
from tfc.backends.render import render
from tfc.backends.traits import constant, module_of
from tfc.files import File
from tfc.units import say_count

if TYPE_CHECKING:
    from tfc.plan import Plan
    from tfc.spec.model import Model

FAMILIES = {
    "encoder_decoder": "an encoder-decoder transformer",
    "decoder": "a decoder-only transformer",
    "encoder": "a transformer encoder",
}
REGION = re.compile(r"^\s*# tfc: begin (\w+)$", re.MULTILINE)


def file(plan: Plan, files: Mapping[str, File]) -> str:
    """The text of `README.md` of a folder that holds `files`."""
    models = tuple(plan.solved.models.values())
    return render(
        "folder/README.md.j2",
        title=", ".join(model.label for model in models),
        what=" ".join(_described(model, plan) for model in models) + f" Made by tfc from `{plan.name}`.",
        several=len(models) > 1,
        constants=[constant(model.label) for model in models],
        module=module_of(plan.solved, models[0]),
        learns="evaluate.py" in files,
        serves="serve.py" in files,
        learning=[script for script in ("train.py", "distill.py") if script in files],
        predicted=predicted(plan),
        files=contents(plan, files),
        regions=", ".join(_regions(files)),
        **(learning(plan, files) if "evaluate.py" in files else {}),
        **(serving(plan, files) if "serve.py" in files else {}),
    )


def _described(model: Model, plan: Plan) -> str:
    parameters = say_count(plan.graphs[model.label].parameters)
    return f"`{model.label}` is {FAMILIES[model.family]} of {parameters} parameters{purpose(plan.solved, model)}."


def _regions(files: Mapping[str, File]) -> Iterator[str]:
    """`batches` in `data.py`, for each place that is its reader's."""
    for path, found in files.items():
        yield from (f"`{region}` in `{path}`" for region in REGION.findall(found.text))
