"""The files of a training folder, gathered from the modules that each make one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc.backends.render import format_all, header
from tfc.backends.torch import (
    checkpoint,
    data,
    evaluate,
    launch,
    model,
    parallel,
    readme,
    requirements,
    train,
)
from tfc.diagnostics.core import Span
from tfc.files import File, FileSet, has_header

if TYPE_CHECKING:
    from tfc.plan import Plan


@dataclass(frozen=True)
class Part:
    """One generated file: who makes its text, and the kinds of blocks whose lines it comes from."""

    path: str
    make: Callable[[Plan], str | None]
    kinds: tuple[str, ...]
    executable: bool = False


PARTS = (
    Part("model.py", model.file, ("model", "train.loss", "train.recompute", "train.precision")),
    Part("data.py", data.file, ("data", "model", "train.batch", "train.microbatch", "train.seed")),
    Part("train.py", train.file, ("train",)),
    Part("checkpoint.py", checkpoint.file, ("train.checkpoint", "train.average", "train.parallel")),
    Part("parallel.py", parallel.file, ("train.parallel", "train.on", "train.precision")),
    Part("launch.sh", launch.file, ("train.on", "train.launch"), executable=True),
    Part("evaluate.py", evaluate.file, ("data", "model")),
    Part("requirements.txt", requirements.file, ("data", "train")),
    Part("README.md", readme.file, ("model", "data", "train")),
)


class Torch:
    """PyTorch code that trains and evaluates the models of a spec."""

    name = "torch"

    def needs(self, plan: Plan) -> bool:
        """Every spec has a model, and so `model.py` at least."""
        return bool(plan.spec.models)

    def files(self, plan: Plan) -> FileSet:
        """The folder's files, formatted, each with its header."""
        texts = {part.path: text for part in PARTS if (text := part.make(plan)) is not None}
        texts = format_all({path: _headed(path, text, header(plan)) for path, text in texts.items()})
        return FileSet(
            {
                part.path: File(texts[part.path], tuple(_lines(plan, part.kinds)), part.executable)
                for part in PARTS
                if part.path in texts
            }
        )


def _headed(path: str, text: str, line: str) -> str:
    """The text with its header: first, or after the line that names a script's interpreter."""
    if has_header(text):
        return text
    if path.endswith(".md"):
        return f"<!-- {line.removeprefix('# ')} -->\n{text}"
    if text.startswith("#!"):
        first, rest = text.split("\n", 1)
        return f"{first}\n{line}\n{rest}"
    return f"{line}\n{text}"


def _lines(plan: Plan, kinds: tuple[str, ...]) -> Iterator[Span]:
    """The lines of the settings whose full names begin with one of `kinds`, labels of blocks left out."""
    for name, _, origin in plan.spec.fields():
        if origin.span is not None and any(_within(name, kind) for kind in kinds):
            yield origin.span


def _within(name: str, kind: str) -> bool:
    """Whether `model.babel.encoder.layers` is of `model`, and `train.big.on` of `train.on`."""
    first, _, setting = kind.partition(".")
    parts = name.split(".")
    return parts[0] == first and (not setting or setting in parts[1:])
