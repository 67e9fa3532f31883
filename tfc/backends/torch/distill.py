"""`distill.py`: the loop in which a student learns from its teacher."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.backends.constants import Constant, with_origin
from tfc.backends.layouts import device_words, distilled
from tfc.backends.render import render
from tfc.backends.torch.lesson import lesson, output_table, top_of
from tfc.backends.torch.train import context, points
from tfc.backends.traits import constant
from tfc.ops.output import paired_chunk
from tfc.units import say_count

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan

LOWEST = -1e4  # beside logits as good as minus infinity, and finite in 16 bits


def file(plan: Plan) -> str | None:
    """The text of `distill.py`, or None where no model learns from another."""
    layout = distilled(plan)
    if layout is None:
        return None
    shared, own = context(plan, layout), lesson(layout)
    student = constant(layout.model.label)
    return render(
        "torch/distill.py.j2",
        **shared
        | own
        | _batches(own, layout)
        | {
            "distils": True,
            "summary": _summary(plan, layout),
            "points": [*_points(layout, own), *points(layout)],
            "constants": [*shared["constants"], *_constants(layout, own)],
            "asked": _asked(own),
            "no_setting": f'not in ("IGNORE", "{student}")' if own["kl"] else f'!= "{student}"',
            "inherits": layout.train.init.name == "layers",
            "pads": layout.model.padding > 0,
            "table": output_table(layout.model, "model"),
            "teachers_table": output_table(own["teacher"], "tutor"),
        },
    )


def _batches(own: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """Where batches come from, and what is made of one."""
    learns = own["kl"] or bool(own["mixed"] and own["smoothing"])
    source = "outputs, " if own["looked_up"] else "tutor, " if own["kl"] else ""
    translated = "Batches(translations, MICROBATCH, SEED)"
    names_corpus = own["translates"] or own["looked_up"]
    batches = f"Mixed(corpus, {translated})" if own["mixed"] else translated
    if not own["translates"]:
        batches = "corpus" if names_corpus else "Batches(prepared, MICROBATCH, SEED)"
    given = f"learn(model, {source}batch.to(device))"
    return {
        "learns": learns,
        "names_corpus": names_corpus,
        "batches": batches,
        "reads": "both" if own["mixed"] else "translations" if own["translates"] else "corpus",
        "epoch_of": "corpus" if names_corpus else "batches",
        "loss_of_batch": given if learns else "model(*batch.to(device).inputs)",
    }


def _constants(layout: Layout, own: dict[str, Any]) -> Iterator[Constant]:
    """What is learnt, in numbers; TOP and what translations are made with stand in `teacher.py`."""
    block = layout.train
    kl, truth, sequence = (block.loss_called(name) for name in ("kl", "cross_entropy", "sequence"))
    if own["mixed"]:
        meaning = with_origin("share of micro-batches that the teacher wrote", sequence, "weight")
        yield Constant("TRANSLATED", float(sequence.weight), meaning)
    if own["kl"]:
        if own["flattened"] and not own["looked_up"]:
            meaning = with_origin("both distributions are flattened by it", kl, "temperature")
            yield Constant("TEMPERATURE", float(kl.temperature), meaning)
        if own["truth"]:
            meaning = with_origin("weight of the teacher, beside the ground truth", kl, "weight")
            yield Constant("KL", round(kl.weight / (kl.weight + truth.weight), 6), meaning)
    if own["smoothing"]:
        meaning = with_origin("of the ground truth goes to all other tokens", truth, "smoothing")
        yield Constant("SMOOTHING", float(truth.smoothing), meaning)
    if own["kl"]:
        yield Constant("CHUNK", paired_chunk(layout.model.rows), "tokens whose logits exist at once")
        if layout.model.padding:
            yield Constant("LOWEST", LOWEST, "a logit that counts for nothing")
    if block.init.name == "layers":
        yield Constant(
            "LAYERS", _layers(layout, own["teacher"]), with_origin("of the teacher", block, "init")
        )


def _layers(layout: Layout, teacher: Any) -> dict[str, tuple[int, ...]]:
    """For each side the teacher's layers that the student begins with."""
    init, theirs = layout.train.init, {side.kind: side.layers for side in teacher.sides}
    return {side.kind: init.chosen(side.layers, theirs[side.kind]) for side in layout.model.sides}


def _asked(own: dict[str, Any]) -> list[str]:
    """Settings of `teacher.py` that are the run's too."""
    there = {
        "TOP": own["few"],
        "BEAM": own["translates"],
        "BEST": own["several_best"],
        "SAMPLE": own["sampled"],
    }
    return [name for name, is_there in there.items() if is_there]


def _summary(plan: Plan, layout: Layout) -> str:
    student, teacher = layout.model.label, layout.train.teacher_name
    sizes = {name: say_count(plan.graphs[name].parameters) for name in (student, teacher)}
    names = f"{constant(student)} ({sizes[student]} parameters) from {constant(teacher)} ({sizes[teacher]})"
    return f"Distils {names} on {device_words(layout)}, in {layout.train.precision.name}."


def _points(layout: Layout, own: dict[str, Any]) -> list[str]:
    """What is notable about the lesson."""
    top, found = top_of(layout.train), []
    if own["looked_up"]:
        found.append(f"the teacher's {top} likeliest tokens at each place are read from the disk")
    elif own["kl"]:
        what = "its whole distribution is" if top is None else f"its {top} likeliest tokens are"
        found.append(f"the teacher computes beside its student, and {what} learnt")
    if own["translates"]:
        part = "some micro-batches are" if own["mixed"] else "what is read is"
        found.append(f"{part} translated by the teacher, before the first step")
    return found
