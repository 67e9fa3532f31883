"""`README.md` of a generated folder: how to train, evaluate and go on, what each file is, what was predicted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfc.backends.layouts import device_words, trained
from tfc.backends.render import render
from tfc.backends.traits import constant, module_of
from tfc.backends.translation import languages
from tfc.cost.estimate import estimate
from tfc.cost.items import Figure, Unknown
from tfc.units import say, say_count

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan
    from tfc.spec.data import Data
    from tfc.spec.model import Model

FAMILIES = {
    "encoder_decoder": "an encoder-decoder transformer",
    "decoder": "a decoder-only transformer",
    "encoder": "a transformer encoder",
}
SCORES = {
    "encoder_decoder": "BLEU and chrF of sacreBLEU with their signatures, the share of texts that are just the "
    "reference, and the loss. A beam ranks a text by its log-probability divided by its length to the power of "
    "`--length-penalty`.",
    "decoder": "the loss per token and per byte, and their exponentials.",
    "encoder": "the share of hidden tokens that are found; the same ones are hidden each time.",
}
SHOWN = {
    "memory": "memory",
    "step_time": "time of a step",
    "time": "time of the run",
    "throughput": "throughput",
}


@dataclass(frozen=True)
class Row:
    """One line of the table of predictions."""

    name: str
    value: str
    interval: str


def file(plan: Plan) -> str:
    """The text of `README.md`."""
    models = tuple(plan.solved.models.values())
    shared = {
        "title": ", ".join(model.label for model in models),
        "several": len(models) > 1,
        "constants": [constant(model.label) for model in models],
        "module": module_of(plan.solved, models[0]),
    }
    layout = trained(plan)
    if layout is None:
        what = " ".join(f"{_named(model, plan)}." for model in models)
        files = [("model.py", "the model"), *_always()]
        return render("torch/README.md.j2", **shared, trained=False, what=what, files=files)
    data = plan.solved.data_of(layout.train)
    return render("torch/README.md.j2", **shared, trained=True, **_training(plan, layout, data))


def _training(plan: Plan, layout: Layout, data: Data) -> dict[str, Any]:
    """What the template sees of a folder that trains."""
    found, evaluating = estimate(layout), _evaluating(layout.model, data)
    return {
        "what": f"{_named(layout.model, plan)}{_purpose(layout.model, data)}. Made by tfc from `{plan.name}`.",
        "name": layout.model.label,
        "nodes": layout.nodes,
        "train": "python train.py" if layout.count == 1 else "./launch.sh",
        "sources": tuple(_sources(data)),
        "prepares": _prepares(data),
        "evaluating": evaluating,
        "evaluating_width": max(len(command) for command, _ in evaluating),
        "scored": _scored(layout.model, data),
        "device": device_words(layout),
        "predicted": _predicted(found),
        "budgets": [_budget(budget, found) for budget in layout.train.budgets],
        "files": _files(layout),
    }


def _named(model: Model, plan: Plan) -> str:
    parameters = say_count(plan.graphs[model.label].parameters)
    return f"`{model.label}` is {FAMILIES[model.family]} of {parameters} parameters"


def _purpose(model: Model, data: Data) -> str:
    """What it learns, as the end of a sentence."""
    if model.family == "decoder":
        return " that learns to write on"
    if model.family == "encoder":
        return " that learns to find hidden tokens"
    spoken = languages(data)
    sources = dict.fromkeys(source for source, _ in spoken.directions)
    return f" that translates {_listed(tuple(sources))} into {_listed(spoken.targets)}"


def _listed(names: tuple[str, ...]) -> str:
    """`de, fr and cs`; many are counted."""
    if len(names) > 6:
        return f"{len(names)} languages"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


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


def _evaluating(model: Model, data: Data) -> list[tuple[str, str]]:
    """Calls of evaluate.py, each with what it does."""
    folder = "--data DIR"
    if model.family == "encoder":
        return [(folder, "the share of hidden tokens that it finds")]
    if model.family == "decoder":
        return [(folder, "perplexity"), ('--prompt "Once"', "what it writes after that")]
    target = languages(data).targets[-1]
    return [
        (folder, "greedy decoding"),
        (f"{folder} --beam 5 --lowercase", "better translations, compared without case"),
        (f"--translate FILE --to {target}", "translate each line of a file; - is standard input"),
    ]


def _scored(model: Model, data: Data) -> str:
    split = next((name for name in ("test", "dev") if getattr(data, name) is not None), "train")
    part = "the beginning of `data.train`, nothing being held out" if split == "train" else f"`data.{split}`"
    return f"It scores {part}, or `--split NAME`: {SCORES[model.family]}"


def _predicted(found: Estimate) -> list[Row]:
    rows = []
    for metric, name in SHOWN.items():
        figure = found.metric(metric)
        if isinstance(figure, Unknown):
            rows.append(Row(name, "not known", figure.reason))
        else:
            rows.append(Row(name, str(figure), _interval(figure)))
    return rows


def _interval(figure: Figure) -> str:
    return " and ".join(say(bound, figure.dimension) for bound in (figure.low, figure.high))


def _budget(budget: Any, found: Estimate) -> str:
    """What was asked for, and what is predicted of it."""
    asked = f"{budget.strength} {budget.metric} {budget.comparison} {budget.limit}"
    figure = found.metric(budget.metric, budget.conditions)
    said = "not known before it is measured" if isinstance(figure, Unknown) else f"{figure} predicted"
    return f"- `{asked}`{f', because {budget.reason}' if budget.reason else ''}: {said}"


def _files(layout: Layout) -> list[tuple[str, str]]:
    """The files of a folder that trains, as they are read best."""
    how = {
        "encoder_decoder": "decoding, BLEU and chrF",
        "decoder": "perplexity, and writing on from a prompt",
        "encoder": "how many hidden tokens are found",
    }[layout.model.family]
    several = layout.count > 1
    return [
        ("model.py", "the layers, each once, and the `Config` of each model"),
        ("tokenizer.py", "text to tokens and back"),
        ("data.py", "reads, tokenises and deals out batches"),
        ("train.py", "the loop, from the first step to the weights"),
        *([("parallel.py", "what each process holds")] if several else []),
        *([("launch.sh", "starts a process for each device")] if several else []),
        ("checkpoint.py", "saves, goes on, averages"),
        ("evaluate.py", how),
        *_always(),
        ("runs/", "made by running: tokenizer and shards, checkpoints, logs, weights, scores"),
    ]


def _always() -> list[tuple[str, str]]:
    return [
        ("requirements.txt", "what to install"),
        ("plan.json", "what the compiler believed: every setting and estimate, each with its line"),
        ("manifest.json", "what was written, so that the next compile knows your edits from its own work"),
    ]
