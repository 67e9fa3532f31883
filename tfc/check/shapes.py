"""Whether widths, heads, layers and vocabularies come out even."""

from __future__ import annotations

from collections.abc import Iterator
from math import lcm
from typing import TYPE_CHECKING, Any

from tfc.check.pointing import labels, rewrite, written
from tfc.diagnostics.core import Diagnostic, Label, Safety
from tfc.fields import AUTO, Variant
from tfc.spec.match import Match
from tfc.spec.model import Model, Side, rows_for_bytes
from tfc.units import group

if TYPE_CHECKING:
    from tfc.ops.base import Parameter
    from tfc.plan import Plan


def heads_divide(plan: Plan) -> Iterator[Diagnostic]:
    """TFS301: heads divide the width, key-value heads divide heads, rope's head is even, and GPUs divide heads."""
    for model in plan.spec.models.values():
        for side in model.sides:
            yield from _head_width(model, side)
            yield from _kv_heads(side)
            yield from _even(model, side)
    for train in (*plan.spec.trains.values(), *plan.spec.distills.values()):
        yield from _tensor(train, plan.spec.model_of(train))


def _head_width(model: Model, side: Side) -> Iterator[Diagnostic]:
    if written(side, "head_width") or model.width % side.heads == 0:
        return
    near = _divisor(model.width, side.heads)
    yield Diagnostic(
        "TFS301",
        f"a width of {group(model.width)} cannot be divided among {side.heads} heads",
        labels(
            (side, "heads", f"{model.width} / {side.heads} = {model.width / side.heads:.1f}"),
            (model, "width", ""),
        ),
        help="`head_width` may be given by itself, if that is meant",
        fixes=rewrite(side, "heads", str(near), f"use {near} heads", Safety.CHANGES_MODEL),
    )


def _kv_heads(side: Side) -> Iterator[Diagnostic]:
    if side.heads % side.kv_heads == 0:
        return
    near = _divisor(side.heads, side.kv_heads)
    yield Diagnostic(
        "TFS301",
        f"{side.heads} heads cannot share {side.kv_heads} heads of keys and values",
        labels(
            (side, "kv_heads", f"{side.heads} / {side.kv_heads} = {side.heads / side.kv_heads:.1f} each"),
            (side, "heads", "the heads"),
        ),
        fixes=rewrite(side, "kv_heads", str(near), f"use {near}", Safety.CHANGES_MODEL),
    )


def _even(model: Model, side: Side) -> Iterator[Diagnostic]:
    divides = written(side, "head_width") or model.width % side.heads == 0
    if side.position.name != "rope" or side.head_width % 2 == 0 or not divides:
        return
    yield Diagnostic(
        "TFS301",
        f"`rope` turns pairs of numbers, and a head has {side.head_width}",
        labels(
            (side, "position", "needs an even head width"), (side, "head_width", "odd"), (side, "heads", "")
        ),
        help="change `heads`, `width` or `head_width` so that a head has an even width",
    )


def _tensor(train: Any, model: Model) -> Iterator[Diagnostic]:
    degree = train.parallel.tensor
    if degree is AUTO or degree == 1:
        return
    for side in model.sides:
        yield from _divided(train, side, "heads", side.heads, "heads")
        for ffn in dict.fromkeys(side.ffn):
            hidden: int = ffn.hidden  # type: ignore[attr-defined]
            if hidden % degree:
                yield _not_among(train, (side, "ffn"), hidden, "hidden units", degree)


def _divided(train: Any, block: Any, setting: str, count: int, what: str) -> Iterator[Diagnostic]:
    degree = train.parallel.tensor
    if count % degree:
        yield _not_among(train, (block, setting), count, what, degree)


def _not_among(train: Any, place: tuple[Any, str], count: int, what: str, degree: int) -> Diagnostic:
    near = _divisor(count, degree)
    return Diagnostic(
        "TFS301",
        f"{count} {what} cannot be divided among {degree} GPUs",
        labels(
            (train.parallel, "tensor", f"asks that each GPU hold {count} / {degree} = {count / degree:.1f}"),
            (*place, f"the {what}"),
        ),
        fixes=rewrite(train.parallel, "tensor", str(near), f"use a divisor of {count}", Safety.CHANGES_RUN),
    )


def layers_divide(plan: Plan) -> Iterator[Diagnostic]:
    """TFS303: layers fill the stages of a pipeline, and the chunks of each stage."""
    for train in (*plan.spec.trains.values(), *plan.spec.distills.values()):
        stages = train.parallel.pipeline
        if stages is AUTO or stages == 1:
            continue
        model = plan.spec.model_of(train)
        layers = sum(side.layers for side in model.sides)
        chunks = getattr(train.parallel.schedule, "chunks", 1)
        if layers % (stages * chunks) == 0:
            continue
        parts = f"{stages} stages" if chunks == 1 else f"{stages} stages of {chunks} chunks"
        yield Diagnostic(
            "TFS303",
            f"{layers} layers do not fill {parts}",
            labels(
                (
                    train.parallel,
                    "pipeline",
                    f"{layers} / {stages * chunks} = {layers / (stages * chunks):.1f} each",
                ),
                *((side, "layers", f"{side.layers} layers") for side in model.sides),
                *(((train.parallel, "schedule", f"{chunks} chunks a stage"),) if chunks > 1 else ()),
            ),
            fixes=rewrite(
                train.parallel,
                "pipeline",
                str(_divisor(layers // chunks, stages) if layers % chunks == 0 else 1),
                "use as many stages as divide the layers",
                Safety.CHANGES_RUN,
            ),
        )


def vocabulary_fits(plan: Plan) -> Iterator[Diagnostic]:
    """TFS702: the table of embeddings has a row for each id that the tokenizer gives."""
    for train in (*plan.spec.trains.values(), *plan.spec.distills.values()):
        model, data = plan.spec.model_of(train), plan.spec.data_of(train)
        languages = len(data.written)
        if data.tokenizer.name == "bytes":
            needed, of = rows_for_bytes(data.train.name, languages, model.family), "bytes"
        else:
            # Padding, begin, end, unknown, a mask for an encoder, the languages, and at least some pieces.
            needed, of = 4 + languages + (model.family == "encoder") + 1, "special tokens and pieces"
        if model.vocab >= needed:
            continue
        yield Diagnostic(
            "TFS702",
            f"a vocabulary of {group(model.vocab)} has no room for {group(needed)} {of}",
            labels(
                (model, "vocab", f"{group(needed)} rows are needed"), (data, "tokenizer", "the tokenizer")
            ),
            fixes=rewrite(model, "vocab", str(needed), "make room for them", Safety.CHANGES_MODEL)
            if of == "bytes"
            else (),
        )


def languages_are_named(plan: Plan) -> Iterator[Diagnostic]:
    """TFS106: adapters of languages are as many as the data has, and so at least one."""
    for train in (*plan.spec.trains.values(), *plan.spec.distills.values()):
        model, data = plan.spec.model_of(train), plan.spec.data_of(train)
        adapted = [side for side in model.sides if getattr(side.adapters, "per", "") == "language"]
        if adapted and not data.written:
            yield Diagnostic(
                "TFS106",
                "adapters are one for each language, and `data` names no language",
                labels(
                    (adapted[0], "adapters", "one for each of none"), (data, "train", "text of no language")
                ),
                help="give `data` its `languages`, with `{language}` in the paths of its files",
            )


def branches_have_the_same_parameters(plan: Plan) -> Iterator[Diagnostic]:
    """TFS306: whichever branch of a `match length` is taken, the parameters are the same."""
    for model in plan.spec.models.values():
        for side in model.sides:
            for name in ("attention", "cross"):
                routed = getattr(side, name)
                if not isinstance(routed, Match) or (name == "cross" and model.family != "encoder_decoder"):
                    continue
                # Of a model that many plans share it is asked once.
                known = vars(model).setdefault("_learnt", {})
                if (side.kind, name) not in known:
                    known[side.kind, name] = _learnt(model, side, name, routed)
                learnt = known[side.kind, name]
                other = next((place for place, found in enumerate(learnt) if found != learnt[0]), None)
                if other is not None:
                    yield _other_parameters(side, name, routed, other)


def _learnt(model: Model, side: Side, name: str, routed: Match) -> list[list[frozenset[Parameter]]]:
    """What each layer learns, for each branch. A pattern repeats, so that more layers than it has say no more."""
    from tfc.graph.build import build

    branches = [branch if isinstance(branch, tuple) else (branch,) for _, branch in routed.branches]
    of: dict[Variant, frozenset[Parameter]] = {}
    for op in {op for branch in branches for op in branch}:
        one = side.replace(layers=1, **{name: (op,) if name == "attention" else op})
        layers = (
            block for block in build(model.replace(**{side.kind: one})).blocks if block.side == side.kind
        )
        of[op] = frozenset(item for layer in layers for node in layer.nodes for item in node.parameters)
    count = min(side.layers, lcm(*map(len, branches)))
    return [[of[branch[layer % len(branch)]] for layer in range(count)] for branch in branches]


def _other_parameters(side: Side, name: str, routed: Match, place: int) -> Diagnostic:
    spans = routed.spans or (side.span_of(name),) * len(routed.branches)
    shown = [(spans[place], "has other parameters", True), (spans[0], "than this one", False)]
    return Diagnostic(
        "TFS306",
        "the branches of a `match length` have the same parameters, and these have not",
        tuple(Label(span, text, primary) for span, text, primary in shown if span is not None),
        notes=("one set of weights serves every branch, so that a length may take any",),
        help="`full`, `sliding` and `bigbird` share theirs; `longformer` and `performer` add their own",
    )


def _divisor(number: int, near: int) -> int:
    """The divisor of a number that is nearest to another, the smaller of two."""
    divisors = [found for found in range(1, min(number, 4 * near) + 1) if number % found == 0] or [1]
    return min(divisors, key=lambda found: (abs(found - near), found))
