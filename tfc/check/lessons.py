"""What a `distill` block asks of its losses, its teacher's layers and its data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.check.pointing import labels, rewrite, written
from tfc.check.targets import later
from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Safety, Severity, Span
from tfc.units import Dimension, group

if TYPE_CHECKING:
    from tfc.plan import Plan
    from tfc.spec.model import Model, Side
    from tfc.spec.spec import Spec

# What weights are shaped by, or mean something else under: of a model, and of each of its sides.
OF_MODEL = ("width", "vocab", "tied", "scaled")
OF_SIDE = ("heads", "kv_heads", "head_width", "norm", "position", "bias", "adapters")


def numbers_agree(plan: Plan) -> Iterator[Diagnostic]:
    """TFS201: of a vocabulary no more tokens are compared than it has, and of a beam no more learnt than it holds."""
    for distill in plan.spec.distills.values():
        vocab = plan.spec.models[distill.teacher_name].vocab
        kl, sequence, teacher = distill.loss_called("kl"), distill.loss_called("sequence"), distill.teacher
        kept = getattr(teacher, "top", None)
        holders: tuple[Any, ...] = (kl, teacher)
        for holder in holders:
            top: Any = getattr(holder, "top", "all")
            if top != "all" and top > vocab and written(holder, "top"):
                message = (
                    f"`top` is at most the teacher's vocabulary, {group(vocab)} tokens, found {group(top)}"
                )
                yield _wrong(message, holder.origin_of("top").span, "more than there are", str(vocab))
        if kl is not None and kept is not None and kl.top not in ("all", kept):
            message = (
                f"`kl` compares {group(kl.top)} tokens, and the teacher's {group(kept)} likeliest are kept"
            )
            yield _wrong(message, kl.origin_of("top").span, "another number", str(kept))
        if sequence is not None and sequence.best > sequence.beam:
            message = f"`best` is at most `beam`, {sequence.beam}, found {sequence.best}"
            yield _wrong(message, sequence.origin_of("best").span, "more than it holds", str(sequence.beam))


def _wrong(message: str, span: Span | None, text: str, right: str) -> Diagnostic:
    found = (Label(span, text),) if span is not None else ()
    fixes: tuple[Fix, ...] = ()
    if span is not None and "=" in span.text:
        name = span.text.partition("=")[0].rstrip()
        fixes = (Fix(f"write {right}", (Edit(span, f"{name} = {right}"),), Safety.CHANGES_RUN),)
    return Diagnostic("TFS201", message, found, fixes=fixes)


def teacher_is_asked(plan: Plan) -> Iterator[Diagnostic]:
    """TFS902: where the teacher's distributions are says nothing if none is compared with."""
    for distill in plan.spec.distills.values():
        if distill.loss_called("kl") is None and written(distill, "teacher"):
            yield Diagnostic(
                "TFS902",
                "`teacher` has no effect: no loss compares with the teacher's distribution",
                labels((distill, "teacher", "no effect")),
                Severity.WARNING,
                help="leave it out, or learn `kl` too",
            )


# --------------------------------------------------------------------------------------- the teacher's layers


def layers_fit(plan: Plan) -> Iterator[Diagnostic]:
    """TFS307: layers of a teacher that a student begins with are there, as many as it has, and of its shapes."""
    for distill in plan.spec.distills.values():
        student, teacher = plan.spec.models[distill.student], plan.spec.models[distill.teacher_name]
        if distill.init.name == "layers" and student.family == teacher.family:
            counted = list(_counted(distill, student, teacher))
            yield from counted or _shaped(distill, student, teacher)


def _counted(distill: Any, student: Model, teacher: Model) -> Iterator[Diagnostic]:
    which = distill.init.which
    for own, its in zip(student.sides, teacher.sides, strict=True):
        where = f"{own.kind} has" if len(student.sides) > 1 else "model has"
        if isinstance(which, str):
            if own.layers > its.layers:
                message = (
                    f"the student's {where} {own.layers} layers, and there are {its.layers} to begin with"
                )
                yield _unfit(message, distill, (own, "layers", "more than the teacher's"))
        elif len(which) != own.layers:
            message = f"the student's {where} {_layers(own.layers)}, and `init` names {len(which)}"
            yield _unfit(message, distill, (own, "layers", _layers(own.layers)))
        elif max(which) >= its.layers:
            message = f"the teacher's {where} no layer {max(which)}: its {its.layers} are counted from 0"
            yield _unfit(message, distill, (its, "layers", f"{its.layers} layers"))


def _layers(count: int) -> str:
    return f"{count} layer" if count == 1 else f"{count} layers"


def _shaped(distill: Any, student: Model, teacher: Model) -> Iterator[Diagnostic]:
    """The first setting in which weights would not fit, or would mean something else."""
    for own, its, name in _compared(student, teacher):
        if getattr(own, name) != getattr(its, name):
            message = f"the teacher's layers do not fit its student: they differ in `{name}`"
            yield _unfit(message, distill, (own, name, "the student's"), (its, name, "the teacher's"))
            return
    for own, its in zip(student.sides, teacher.sides, strict=True):
        chosen = distill.init.chosen(own.layers, its.layers)
        pairs = ((_at(own, layer), _at(its, place)) for layer, place in enumerate(chosen))
        if any(mine != theirs for mine, theirs in pairs):
            message = "the teacher's layers do not fit its student: they differ in `ffn`"
            yield _unfit(message, distill, (own, "ffn", "the student's"), (its, "ffn", "the teacher's"))
            return


def _compared(student: Model, teacher: Model) -> Iterator[tuple[Any, Any, str]]:
    yield from ((student, teacher, name) for name in OF_MODEL)
    for own, its in zip(student.sides, teacher.sides, strict=True):
        yield from ((own, its, name) for name in OF_SIDE)


def _at(side: Side, layer: int) -> Any:
    """The feed-forward layer of a pattern at a place."""
    return side.ffn[layer % len(side.ffn)]


def _unfit(message: str, distill: Any, *places: tuple[Any, str, str]) -> Diagnostic:
    found = labels((distill, "init", "begins with the teacher's"), *places)
    return Diagnostic(
        "TFS307",
        message,
        found,
        help="`init = random` begins with chance, and fits any student",
        fixes=rewrite(distill, "init", "random", "begin with chance", Safety.CHANGES_RUN),
    )


# --------------------------------------------------------------------------------------- not generated yet


def generated_lessons(plan: Plan) -> Iterator[Diagnostic]:
    """TFS605: lessons that no code is generated for yet, beside what settings say by themselves."""
    spec = plan.spec
    for distill in list(spec.distills.values())[1:]:
        yield later("several `distill` blocks are not generated yet", distill.origin.span)
    for distill in spec.distills.values():
        yield from _models(distill, spec)
        yield from _losses(distill, spec.models[distill.student].family)
        yield from _beside(distill, spec)


def _models(distill: Any, spec: Spec) -> Iterator[Diagnostic]:
    student, teacher = spec.models[distill.student], spec.models[distill.teacher_name]
    if student.family != teacher.family:
        span = student.span_of("family") or distill.origin.span
        yield later("a student of another `family` than its teacher's is not generated yet", span)
    elif student.context != teacher.context:
        span = student.span_of("context") or distill.origin.span
        yield later("a student whose `context` is not its teacher's is not generated yet", span)
    elif student.vocab != teacher.vocab and not any(loss.token_level for loss in distill.loss):
        span = student.span_of("vocab") or distill.origin.span
        yield later("a student with a vocabulary of its own is not generated yet", span)
    if student is teacher or any(train.model == student.label for train in spec.trains.values()):
        yield later("a student that is trained before it learns is not generated yet", distill.origin.span)


def _losses(distill: Any, family: str) -> Iterator[Diagnostic]:
    for name, count in Counter(loss.name for loss in distill.loss).items():
        if count > 1:
            yield later(f"`{name}` twice in one list is not generated yet", distill.span_of("loss"))
    sequence = distill.loss_called("sequence")
    if sequence is not None and family != "encoder_decoder":
        article = "an" if family.startswith("e") else "a"
        message = f"`sequence` for {article} `{family}` is not generated yet"
        yield later(message, sequence.origin.span, "`kl` is generated for every family")
    if getattr(distill.teacher, "name", "") == "cached" and family != "encoder_decoder":
        span = distill.span_of("teacher")
        message = "`teacher = cached` for text is not generated yet"
        yield later(message, span, "text is cut at other places in each epoch: a resident teacher sees it so")


def _beside(distill: Any, spec: Spec) -> Iterator[Diagnostic]:
    """What the files that `train` and `distill` share cannot be for both."""
    if distill.on.count > 1:
        yield later("distillation on several devices is not generated yet", distill.span_of("on"))
    for train in list(spec.trains.values())[:1]:
        if distill.data != train.data:
            message = "a student that learns from other data than its teacher is not generated yet"
            yield later(message, distill.span_of("data") or distill.origin.span)
        if distill.batch.dimension is not train.batch.dimension:
            unit = "tokens" if train.batch.dimension is Dimension.TOKENS else "sequences"
            message = "a `batch` that is counted otherwise than in `train` is not generated yet"
            yield later(message, distill.span_of("batch"), f"`train` counts {unit}")
        if train.on.count > 1 and distill.on.count == 1:
            message = "a student on one device, whose teacher is trained on several, is not generated yet"
            yield later(message, distill.span_of("on"))
