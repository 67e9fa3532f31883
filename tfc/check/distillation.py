"""What learning asks: one vocabulary, room for the teacher, a warm-up that ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.check.pointing import labels, rewrite, value_span
from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Safety, Severity
from tfc.fields import How
from tfc.units import group

if TYPE_CHECKING:
    from tfc.plan import Plan


def losses_share_a_vocabulary(plan: Plan) -> Iterator[Diagnostic]:
    """TFS501: a loss that compares token by token needs the same tokens on both sides."""
    for distill in plan.spec.distills.values():
        student, teacher = plan.spec.models[distill.student], plan.spec.models[distill.teacher_name]
        for loss in distill.loss:
            apart = distill.align == "none" or (distill.align == "same" and student.vocab != teacher.vocab)
            if apart and loss.token_level:  # type: ignore[attr-defined]
                yield _apart(distill, loss, student, teacher)


def _apart(distill: Any, loss: Any, student: Any, teacher: Any) -> Diagnostic:
    span = loss.origin.span or distill.span_of("loss")
    differ = student.vocab != teacher.vocab
    own = labels((student, "vocab", f"the student's: {group(student.vocab)} tokens")) if differ else ()
    its = labels((teacher, "vocab", f"the teacher's: {group(teacher.vocab)} tokens")) if differ else ()
    apart = labels((distill, "align", "says that they are not the same")) if distill.align == "none" else ()
    others = tuple(Label(label.span, label.text, primary=False) for label in (*own, *its, *apart))
    fixes: list[Fix] = []
    if differ and student.origin_of("vocab").how is How.WRITTEN:
        title = "keep the teacher's vocabulary"
        fixes += rewrite(student, "vocab", f"{teacher.vocab:_}", title, Safety.CHANGES_MODEL)
    place = value_span(distill, "loss")
    if place is not None and student.family == "encoder_decoder":
        title = (
            "or learn from the teacher's translations only" if fixes else "learn from its translations only"
        )
        fixes.append(Fix(title, (Edit(place, "sequence(beam = 4)"),), Safety.CHANGES_RUN))
    return Diagnostic(
        "TFS501",
        f"`{loss.name}` compares token by token, and these two do not share their tokens",
        (*((Label(span, "needs one vocabulary"),) if span else ()), *others),
        notes=("`sequence` compares whole translations, and is free of this",),
        fixes=tuple(fixes),
    )


def teacher_fits(plan: Plan) -> Iterator[Diagnostic]:
    """TFS502: a resident teacher that takes more memory than all that its student needs."""
    for distill in plan.solved.distills.values():
        if not distill.asks_beside:
            continue
        bytes_each = 4 if distill.teacher.precision == "fp32" else 2  # type: ignore[union-attr]
        teacher = plan.graphs[distill.teacher_name].parameters * bytes_each
        # Master weights, gradients and two moments in fp32.
        student = plan.graphs[distill.student].parameters * 16
        if teacher <= student:
            continue
        span = distill.span_of("teacher") or distill.origin.span
        yield Diagnostic(
            "TFS502",
            f"the teacher takes {teacher / 2**30:.1f} GiB, and its student {student / 2**30:.1f} GiB",
            (Label(span, "on the same GPUs"),) if span else (),
            Severity.WARNING,
            notes=("a student that is so much smaller waits for its teacher most of the time",),
            help="with `teacher = cached(top = 16)` the teacher is asked once",
        )


def warm_up_fits(plan: Plan) -> Iterator[Diagnostic]:
    """TFS504: the learning rate has risen before the run ends."""
    for layout in plan.layouts.values():
        train, steps = layout.train, layout.steps
        warmup = getattr(train.schedule, "warmup", 0)
        if steps is None or warmup == 0 or warmup < steps:
            continue
        schedule = train.schedule
        span = schedule.origins.get("warmup", schedule.origin).span
        told = next(name for name in ("steps", "tokens", "epochs") if getattr(train, name) is not None)
        yield Diagnostic(
            "TFS504",
            f"the warm-up takes {group(warmup)} steps, and the run {group(steps)}",
            (
                *((Label(span, "never ends"),) if span else ()),
                *(
                    Label(label.span, f"{group(steps)} steps", primary=False)
                    for label in labels((train, told, ""))
                ),
            ),
            Severity.WARNING,
            help=f"a warm-up of a tenth would be {group(max(1, steps // 10))} steps",
        )
