"""What a README says of training, distilling and evaluating."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tfc.backends.layouts import learning as layouts
from tfc.backends.layouts import trained
from tfc.backends.translation import languages
from tfc.files import File

if TYPE_CHECKING:
    from tfc.plan import Plan
    from tfc.spec.data import Data
    from tfc.spec.model import Model
    from tfc.spec.spec import Spec

SCORES = {
    "encoder_decoder": "BLEU and chrF of sacreBLEU with their signatures, the share of texts that are just the "
    "reference, and the loss. A beam ranks a text by its log-probability divided by its length to the power of "
    "`--length-penalty`.",
    "decoder": "the loss per token and per byte, and their exponentials.",
    "encoder": "the share of hidden tokens that are found; the same ones are hidden each time.",
}


def learning(plan: Plan, files: Mapping[str, File]) -> dict[str, Any]:
    """What the template sees of a folder in which a model learns."""
    spec, layout = plan.solved, trained(plan)
    first = layouts(plan)[0]
    data = spec.data_of(first.train)
    students = [(one.student, one.teacher_name) for one in spec.distills.values()]
    evaluating = list(_evaluating(plan, first.model, data, files))
    return {
        "train": "" if layout is None else "python train.py" if layout.count == 1 else "./launch.sh",
        "nodes": first.nodes,
        "name": students[-1][0] if students else first.model.label,
        "students": students,
        "sources": tuple(_sources(data)),
        "prepares": _prepares(data),
        "evaluating": evaluating,
        "evaluating_width": max(len(command) for command, _ in evaluating),
        "scored": _scored(first.model, data),
    }


def purpose(spec: Spec, model: Model) -> str:
    """What a model learns, as the end of a sentence; nothing where it learns nothing here."""
    blocks = (*spec.trains.values(), *spec.distills.values())
    block = next((block for block in blocks if spec.model_of(block).label == model.label), None)
    if block is None:
        return ""
    if model.family == "decoder":
        return " that learns to write on"
    if model.family == "encoder":
        return " that learns to find hidden tokens"
    spoken = languages(spec.data_of(block))
    sources = dict.fromkeys(source for source, _ in spoken.directions)
    return f" that translates {listed(tuple(sources))} into {listed(spoken.targets)}"


def listed(names: tuple[str, ...], last: str = "and") -> str:
    """`de, fr and cs`; many are counted."""
    if len(names) > 6:
        return f"{'one of ' if last == 'or' else ''}{len(names)} languages"
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _sources(data: Data) -> Iterator[tuple[str, str]]:
    """The splits that there are, each with its path."""
    for name in ("train", "dev", "test"):
        if (source := getattr(data, name)) is not None:
            yield name, source.path


def _prepares(data: Data) -> str:
    if data.tokenizer.name == "bytes":
        return "puts the text into shards"
    begins = "loads the tokenizer" if getattr(data.tokenizer, "path", None) else "trains the tokenizer"
    return f"{begins} and tokenises the text"


def _evaluating(plan: Plan, model: Model, data: Data, files: Mapping[str, File]) -> Iterator[tuple[str, str]]:
    """Calls of evaluate.py, each with what it does."""
    spec = plan.solved
    blocks = (*spec.trains.values(), *spec.distills.values())
    names = tuple(dict.fromkeys(spec.model_of(block).label for block in blocks))
    # Where there are several the model is named; the last is the one that is deployed as a rule.
    name = f"{names[-1]} " if len(names) > 1 else ""
    if model.family == "encoder":
        yield f"{name}--data DIR", "the share of hidden tokens that it finds"
    elif model.family == "decoder":
        yield f"{name}--data DIR", "perplexity"
        yield f'{name}--prompt "Once"', "what it writes after that"
    else:
        target = languages(data).targets[-1]
        served = (one.decoding for one in spec.deploys.values() if one.model in names)
        width = getattr(next(served, None), "width", 1)
        how, other = (f"by a beam of {width}, as it is served", 1) if width > 1 else ("greedily", 5)
        again = "greedily" if other == 1 else "by a beam"
        yield f"{name}--data DIR", how
        yield f"{name}--data DIR --beam {other} --lowercase", f"{again}, compared without case"
        yield f"{name}--translate FILE --to {target}", "each line of a file; - is standard input"
    if "--deploy" in files["evaluate.py"].text:
        yield f"--deploy {next(iter(spec.deploys))} --data DIR", "what was exported, as it will answer"


def _scored(model: Model, data: Data) -> str:
    split = next((name for name in ("test", "dev") if getattr(data, name) is not None), "train")
    part = "the beginning of `data.train`, nothing being held out" if split == "train" else f"`data.{split}`"
    return f"It scores {part}, or `--split NAME`: {SCORES[model.family]}"
