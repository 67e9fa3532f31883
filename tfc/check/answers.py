"""Whether a deployment can answer as it is asked to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.check.pointing import labels, written
from tfc.check.targets import later
from tfc.diagnostics.core import Diagnostic, Edit, Fix, Safety, Severity
from tfc.units import group

if TYPE_CHECKING:
    from tfc.plan import Plan
    from tfc.spec.model import Model


def answers_are_chosen(plan: Plan) -> Iterator[Diagnostic]:
    """What a `decoding` asks of its model: TFS605 where no code follows several texts, TFS201 of its vocabulary."""
    for deploy in plan.spec.deploys.values():
        model = plan.spec.model_of(deploy)
        if deploy.decoding.name == "beam" and model.family == "decoder":
            message = "`decoding = beam` for a `decoder` is not generated yet"
            span = deploy.decoding.origin.span or deploy.span_of("decoding")
            yield later(message, span, "`greedy` and `sample` are generated for it")
        elif deploy.decoding.name == "beam" and model.family == "encoder_decoder":
            yield from _candidates(deploy.decoding, model)


def _candidates(beam: Any, model: Model) -> Iterator[Diagnostic]:
    """Each of the texts that are followed has twice as many tokens to choose from: half of them may be ends."""
    if 2 * beam.width <= model.vocab:
        return
    most = model.vocab // 2
    found = labels(
        (beam, "width", "twice as many tokens are compared"),
        (model, "vocab", f"{group(model.vocab)} tokens"),
    )
    message = f"`width` of a beam is at most half of the vocabulary, {group(most)}, found {group(beam.width)}"
    span = beam.origin_of("width").span
    fixes: tuple[Fix, ...] = ()
    if span is not None:
        head, equals, _ = span.text.partition("=")
        value = f"{head}{equals} {most}" if equals else str(most)
        fixes = (Fix(f"follow {most}", (Edit(span, value),), Safety.CHANGES_RUN),)
    yield Diagnostic("TFS201", message, found, fixes=fixes)


def answers_have_an_effect(plan: Plan) -> Iterator[Diagnostic]:
    """TFS902: what says how an encoder answers, of a model that writes, and the other way round."""
    for deploy in plan.spec.deploys.values():
        family = plan.spec.model_of(deploy).family
        name, why = (
            ("decoding", "an `encoder` writes nothing")
            if family == "encoder"
            else ("gives", f"it is for an `encoder`, and the model is of family `{family}`")
        )
        if written(deploy, name):
            found = labels((deploy, name, "no effect"))
            yield Diagnostic("TFS902", f"`{name}` has no effect: {why}", found, Severity.WARNING)
