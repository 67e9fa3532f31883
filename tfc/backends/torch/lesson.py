"""What a student learns, as the templates of `distill.py` and `teacher.py` ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.backends.traits import Traits, module_of

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.spec.model import Model

NUMBERS = {"fp32": "torch.float32", "bf16": "torch.bfloat16", "fp16": "torch.float16"}
READ = {"encoder_decoder": "batch.source, batch.target", "decoder": "batch.ids", "encoder": "batch.ids"}


def lesson(layout: Layout) -> dict[str, Any]:
    """What is learnt of a teacher, and how it is asked."""
    block, spec = layout.train, layout.spec
    kl, truth, sequence = (block.loss_called(name) for name in ("kl", "cross_entropy", "sequence"))
    teacher = spec.models[block.teacher_name]
    told = ", language" if Traits.of(spec).by_language else ""
    read = READ[layout.model.family] + (", batch.language" if told else "")
    states = "encode" if layout.model.family == "encoder" else "states"
    top = top_of(block)
    return {
        "kl": kl is not None,
        "truth": kl is not None and truth is not None,
        "smoothing": getattr(truth, "smoothing", 0.0),
        "flattened": kl is not None and kl.temperature != 1,
        "few": top is not None,
        "looked_up": block.looks_up,
        "moved_outputs": block.looks_up and block.teacher.to is not None,
        "translates": sequence is not None,
        "mixed": 0 < block.translated < 1,
        "several_best": getattr(sequence, "best", 1) > 1,
        "sampled": getattr(sequence, "sample", 1) < 1,
        "by_reference": getattr(sequence, "pick", "score") == "reference",
        "states": lambda model: f"{model}.{states}({read})",
        "told": told,
        "L": "T" if layout.model.family != "encoder" else "L",
        "numbers": NUMBERS[asked_in(layout)],
        "module": module_of(spec, layout.model),
        "teacher": teacher,
    }


def top_of(block: Any) -> int | None:
    """How many of the teacher's likeliest tokens are compared; None where all are."""
    kl = block.loss_called("kl")
    if kl is None:
        return None
    if block.looks_up:
        return block.teacher.top
    return None if kl.top == "all" else kl.top


def asked_in(layout: Layout) -> str:
    """The precision in which the teacher computes its distributions."""
    given = getattr(layout.train.teacher, "precision", None)
    return given or ("fp32" if layout.device.is_cpu else "bf16")


def output_table(model: Model, name: str) -> str:
    """The table that a model's states are multiplied with."""
    return f"{name}.table" if model.tied else f"{name}.output_table"
