"""`data.py`: reading, tokenising and dealing out what a model is trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.backends.constants import Constant, said, with_origin
from tfc.backends.layouts import distilled, learning
from tfc.backends.render import render
from tfc.backends.torch.tokenizer import loaded, tokens
from tfc.backends.translation import Languages, languages
from tfc.fields import variants

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan
    from tfc.spec.data import Data
    from tfc.spec.model import Model

SPLITS = ("train", "dev", "test")


def file(plan: Plan) -> str | None:
    """The text of `data.py`, or None where nothing is trained."""
    layouts = learning(plan)
    if not layouts:
        return None
    layout, data = layouts[0], plan.solved.data_of(layouts[0].train)
    shared = context(layout, layout.model, data)
    adapters = any(adapted(one.model) for one in layouts)
    # Who trains an encoder and does nothing else prepares the data once more.
    by_hash = layout.model.family != "encoder" or bool(plan.spec.deploys)
    return render(
        "torch/data.py.j2", **shared | {"adapters": adapters, "by_hash": by_hash} | _of_teacher(plan)
    )


def _of_teacher(plan: Plan) -> dict[str, Any]:
    """What a batch tells besides, where a teacher has answered before."""
    layout = distilled(plan)
    block = None if layout is None else layout.train
    return {
        "looked_up": block is not None and block.looks_up,
        "mixed": block is not None and 0 < block.translated < 1,
    }


def context(layout: Layout, model: Model, data: Data) -> dict[str, Any]:
    """What the template of `data.py` sees."""
    spoken = languages(data)
    shared = {
        "summary": _summary(data),
        "sources": [(name, source.path, said(source, "path")) for name, source in _sources(data)],
        "constants": _constants(layout, model, data, spoken),
        "pairs": data.parallel_text,
        "masked": model.family == "encoder",
        "languages": spoken.named,
        "side": spoken.side,
        "reverse": data.reverse,
        "cut": data.longer == "cut",
        "tokenizer": data.tokenizer,
        "loaded": loaded(data),
        "trained": data.tokenizer.name != "bytes" and not loaded(data),
        "distributed": layout.count > 1,
        "id_type": _id_type(model, data),
        "fingerprinted": _fingerprinted(data),
    }
    return shared | _files(data) | _tokens(data, spoken) | _batches(layout, model, data, spoken)


def _summary(data: Data) -> str:
    what = "sentence pairs" if data.parallel_text else "text"
    return f"Reads {what}, tokenises once into memory-mapped shards, and deals out batches."


def _sources(data: Data) -> list[tuple[str, Any]]:
    return [(name, source) for name in SPLITS if (source := getattr(data, name)) is not None]


def _id_type(model: Model, data: Data) -> str:
    if data.tokenizer.name == "bytes" and not data.parallel_text:
        return "uint8"
    return "uint16" if model.vocab <= 1 << 16 else "uint32"


def _fingerprinted(data: Data) -> str:
    """The settings that the shards depend on."""
    names = ["SOURCES", "LANGUAGES", "CONTEXT", "VOCAB", f'"{data.tokenizer.name}"']
    if loaded(data):
        names.append("digest(data / TOKENIZER)")
    elif data.tokenizer.name != "bytes":
        names.append(f'"{getattr(data.tokenizer, "kind", "")}"')
    return ", ".join(names)


def _files(data: Data) -> dict[str, Any]:
    """What kinds of files there are: only those are read."""
    paths = [source.path for _, source in _sources(data)]
    aligned = [path for path in paths if "{language}" in path]
    jsonl = [path for path in paths if path.removesuffix(".gz").endswith(".jsonl") and path not in aligned]
    packed = [path for path in paths if path.endswith(".gz")]
    return {
        "kinds": {
            "lines": bool(aligned),
            "pairs": len(aligned) < len(paths),
            "jsonl": bool(jsonl),
            "tsv": len(aligned) + len(jsonl) < len(paths),
        },
        "faults_of": "json" if jsonl else "lines",
        "star": any("*" in path for path in paths),
        "gz": "all" if len(packed) == len(paths) else "some" if packed or _open_ended(paths) else "none",
        "placeholder": any("{" in path for path in paths),
    }


def _open_ended(paths: list[str]) -> bool:
    """Whether the name of a path may end in anything."""
    return any(path.endswith("*") for path in paths)


def _tokens(data: Data, spoken: Languages) -> dict[str, Any]:
    """Which special tokens there are, and which of them rows have."""
    several = spoken.only_target is None
    return {
        **tokens(data, spoken),
        "only_target": spoken.only_target,
        "token_of_rows": "self.token[self.language[rows]]" if several else "np.full(len(rows), self.token)",
        "first_piece": 0 if data.tokenizer.name == "bytes" else 4,
    }


def _batches(layout: Layout, model: Model, data: Data, spoken: Languages) -> dict[str, Any]:
    """How many sequences a micro-batch has, and how languages are drawn."""
    cuda = layout.device.kind == "cuda"
    distributed = layout.count > 1
    return {
        "sampling": _sampling(data) if len(spoken.named) > 1 else "natural",
        "stream_points": "",
        "micro_size": _micro_size(layout, data),
        "tokens_counted": layout.counts_tokens,
        "ranks": ", rank: int = 0, world: int = 1" if distributed else "",
        "to_tensor": "on_its_way" if cuda else "torch.from_numpy",
        "cuda": cuda,
        "adapters": adapted(model),
        "adapter_of_rows": _adapter_of_rows(data, spoken),
        "one_batch": _one_batch(model, data, distributed),
        "shift": 0 if model.family == "encoder" else 1,
    }


def adapted(model: Model) -> bool:
    """Whether the model has adapters for each language, and so is told the language."""
    return any(getattr(side.adapters, "per", "") == "language" for side in model.sides)


def _one_batch(model: Model, data: Data, distributed: bool) -> str:
    """The call that makes the batch at `place` of the epoch's `plan`."""
    if data.parallel_text:
        part = ", self.part, self.sizes[plan[place][0]]" if distributed else ""
        return f"self.corpus.batch(*plan[place]{part})"
    part = ", self.part, self.size" if distributed else ""
    seed = ", *luck" if model.family == "encoder" else ""
    return f"self.corpus.batch(plan[place]{part}{seed})"


def _adapter_of_rows(data: Data, spoken: Languages) -> str:
    """The index of the language that each row is written in, as the model counts them."""
    if not data.parallel_text:
        return 'np.searchsorted(self.ends, starts, side="right")'
    if spoken.only_target:
        return f"np.full(len(rows), {spoken.targets.index(spoken.only_target)})"
    return "self.language[rows]" if spoken.targets == spoken.named else "self.adapter[self.language[rows]]"


def _sampling(data: Data) -> str:
    sampling: Any = data.sampling
    by_size = sampling.name == "temperature" and sampling.value == 1
    return "natural" if by_size else sampling.name


def _micro_size(layout: Layout, data: Data) -> str:
    if not layout.counts_tokens:
        return "microbatch"
    return "max(1, microbatch // sum(lengths))" if data.parallel_text else "max(1, microbatch // CONTEXT)"


def _constants(layout: Layout, model: Model, data: Data, spoken: Languages) -> list[Constant]:
    """The settings at the head of the file."""
    found = _languages(data, spoken)
    found.append(Constant("CONTEXT", model.context, with_origin(_reach(data), model, "context")))
    if data.parallel_text:
        padded = "tokens that a source and a target are padded to"
        found.append(Constant("BUCKETS", layout.buckets, with_origin(padded, data, "buckets")))
    if len(spoken.named) > 1:
        found += _drawing(data)
    if model.family == "encoder":
        # A student sees as much hidden as its teacher has; one whose teacher is not trained here, as by default.
        rate: Any = layout.train.loss if layout.train.kind == "train" else variants("loss")["masked"]()
        found.append(
            Constant("RATE", rate.rate, with_origin("share of the tokens that are hidden", rate, "rate"))
        )
    return found


def _languages(data: Data, spoken: Languages) -> list[Constant]:
    if not data.parallel_text:
        named = with_origin("", data, "languages") if "language" in data.placeholders else ""
        return [Constant("LANGUAGES", spoken.named, named)]
    meaning = "translated into" if spoken.side else "translated from"
    found = [
        Constant(
            "DIRECTIONS", spoken.directions, with_origin("source and target", data, "sources", "targets")
        )
    ]
    if tokens(data, spoken)["tokens"] != spoken.named:  # else they stand in tokenizer.py
        found.append(Constant("LANGUAGES", spoken.named, meaning))
    if "language" in data.placeholders:
        found.append(Constant("SPOKEN", spoken.spoken, "have files"))
    return found


def _reach(data: Data) -> str:
    if data.parallel_text:
        return "tokens of a source, and of a target, special ones included"
    return "tokens of a piece of text"


def _drawing(data: Data) -> list[Constant]:
    """How languages are drawn, where not by size."""
    sampling: Any = data.sampling
    match _sampling(data):
        case "temperature":
            meaning = f"a language's share is its size to the power of 1 / {sampling.value:g}"
            comment = with_origin(meaning, sampling, "value")
            return [Constant("TEMPERATURE", float(sampling.value), comment)]
        case "shares":
            comment = with_origin("those not named divide the rest by size", data, "sampling")
            return [Constant("SHARES", dict(sampling.shares), comment)]
    return []
