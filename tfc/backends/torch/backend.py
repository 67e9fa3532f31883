"""The files of a training folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.assembly import Part, assemble
from tfc.backends.torch import (
    checkpoint,
    data,
    distill,
    evaluate,
    launch,
    model,
    parallel,
    teacher,
    tokenizer,
    train,
)
from tfc.files import FileSet

if TYPE_CHECKING:
    from tfc.plan import Plan

PARTS = (
    Part("model.py", model.file, ("model", "train.loss", "train.recompute", "train.precision")),
    Part("tokenizer.py", tokenizer.file, ("data", "model")),
    Part("data.py", data.file, ("data", "model", "train.batch", "train.microbatch", "train.seed")),
    Part("train.py", train.file, ("train",)),
    Part("distill.py", distill.file, ("distill", "model")),
    Part("teacher.py", teacher.file, ("distill", "model")),
    Part("checkpoint.py", checkpoint.file, ("train.checkpoint", "train.average", "train.parallel")),
    Part("parallel.py", parallel.file, ("train.parallel", "train.on", "train.precision")),
    Part("launch.sh", launch.file, ("train.on", "train.launch"), executable=True),
    Part("evaluate.py", evaluate.file, ("data", "model")),
)


class Torch:
    """PyTorch code that trains and evaluates the models of a spec."""

    name = "torch"

    def needs(self, plan: Plan) -> bool:
        """Every spec has a model, and so `model.py` at least."""
        return bool(plan.spec.models)

    def files(self, plan: Plan) -> FileSet:
        """The folder's files, formatted, each with its header."""
        return assemble(plan, PARTS)
