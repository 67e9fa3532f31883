"""`teacher.py`: the model that is learnt from, and its answers on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.backends.constants import Constant, with_origin
from tfc.backends.layouts import distilled
from tfc.backends.render import render
from tfc.backends.torch.lesson import lesson, output_table, top_of
from tfc.backends.traits import Traits, constant
from tfc.backends.translation import languages

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan

CHUNK = 2048  # pairs


def file(plan: Plan) -> str | None:
    """The text of `teacher.py`, or None where no model learns from another."""
    layout = distilled(plan)
    if layout is None:
        return None
    own, data = lesson(layout), plan.solved.data_of(layout.train)
    teacher = own["teacher"]
    return render(
        "torch/teacher.py.j2",
        **own,
        summary=_summary(teacher, own),
        points=_points(own),
        name=teacher.label,
        config=constant(teacher.label),
        constants=list(_constants(layout, own)),
        maker=_maker(plan, teacher.label),
        table=output_table(teacher, "model"),
        side=languages(data).side if data.parallel_text else 1,
        grouped=data.reverse or any(_by_line(source) for source in (data.train, data.dev, data.test)),
        bytes_=data.tokenizer.name == "bytes",
        fused=Traits.of(plan.spec).fused,
    )


def _by_line(source: Any) -> bool:
    """Whether line N of one file belongs to line N of the others."""
    return source is not None and "{language}" in source.path


def _summary(teacher: Any, own: dict[str, Any]) -> str:
    kept = [
        *(["what it says of each pair"] if own["looked_up"] else []),
        *(["its translations"] if own["translates"] else []),
    ]
    return f"{constant(teacher.label)} as a teacher{', and ' + ' and '.join(kept) if kept else ''}."


def _points(own: dict[str, Any]) -> list[str]:
    found = ["its weights are those that training has left; of another model or tokenizer none are taken"]
    if own["looked_up"] or own["translates"]:
        found.append(
            "an answer lies under a hash of the weights, the data and the settings that it follows from,\n"
            "  and is written chunk by chunk: what was interrupted goes on where it was"
        )
    return found


def _constants(layout: Layout, own: dict[str, Any]) -> Iterator[Constant]:
    block = layout.train
    kl, sequence = block.loss_called("kl"), block.loss_called("sequence")
    if own["few"]:
        holder = block.teacher if own["looked_up"] else kl
        yield Constant("TOP", top_of(block), with_origin("likeliest tokens", holder, "top"))
    if own["looked_up"]:
        if own["flattened"]:
            meaning = with_origin("distributions are flattened by it", kl, "temperature")
            yield Constant("TEMPERATURE", float(kl.temperature), meaning)
        if block.teacher.to is not None:
            yield Constant(
                "OUTPUTS", block.teacher.to, with_origin("their folder, from --data", block.teacher, "to")
            )
    if own["few"]:
        yield Constant("LEAST", 1e-7, "probability of all that is not among them")
    if sequence is not None:
        yield Constant("BEAM", sequence.beam, with_origin("hypotheses of a source", sequence, "beam"))
        if own["several_best"]:
            yield Constant(
                "BEST", sequence.best, with_origin("of them that are learnt from", sequence, "best")
            )
        if own["sampled"]:
            meaning = with_origin("share of the sources that are translated", sequence, "sample")
            yield Constant("SAMPLE", float(sequence.sample), meaning)
    if sequence is not None or own["looked_up"]:
        yield Constant("CHUNK", CHUNK, "pairs that are answered before their answers are kept")


def _maker(plan: Plan, teacher: str) -> str:
    """What has to be done for the teacher's weights to be there."""
    for block in (*plan.solved.trains.values(), *plan.solved.distills.values()):
        if plan.solved.model_of(block).label == teacher:
            return f"`python {block.kind}.py` writes it"
    return "put the weights of the teacher there"
