"""The tape: against PyTorch on a fake GPU, rounded as its allocator does; folded against unfolded; one against many."""

from __future__ import annotations

import numpy as np
import pytest

from tests.specs import planned
from tfc.cost.estimate import Estimate, Figure
from tfc.cost.memory import ALLOCATED, ranks
from tfc.cost.peaks import peak
from tfc.cost.reserved import within
from tfc.cost.taped import Run, traced
from tfc.cost.traces import TRACED

TRAIN = """
train { on = 1 x h100_80gb, steps = 10, batch = 8 sequences, microbatch = 8, optimizer = adamw(lr = 1e-3) }
"""
SHAPE = "width = 256, heads = 4, layers = 6, vocab = 4000, context = 128 tokens"
TEXT = 'data { tokenizer = bytes, train = text("x.txt") }'
PAIRS = """
data { tokenizer = sentencepiece, train = pairs("{source}-{target}.tsv"), languages = [en, de], buckets = [128 tokens] }
"""
RMS, LAYER = "norm = rms, ffn = swiglu(hidden = 704)", "norm = layer, ffn = gelu, bias = true, dropout = 10%"
CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "decoder": ("decoder", f"{RMS}, tied = true", ()),
    "decoder, grouped": ("decoder", f"{RMS}, kv_heads = 2", ()),
    "decoder, recomputed": ("decoder", RMS, ("train.recompute = full",)),
    "decoder, eager": ("decoder", RMS, ("train.compile = none",)),
    "decoder, eager, recomputed": ("decoder", RMS, ("train.compile = none", "train.recompute = full")),
    "decoder in fp32": ("decoder", "norm = rms, ffn = geglu", ("train.precision = fp32",)),
    "decoder in fp16": ("decoder", "norm = rms, ffn = geglu", ("train.precision = fp16",)),
    "decoder, accumulating": ("decoder", f"{RMS}, tied = true", ("train.batch = 24 sequences",)),
    "decoder, layer norm": ("decoder", f"{LAYER}, position = learned", ()),
    "decoder, norm after": ("decoder", "norm = layer(place = after), ffn = gelu, dropout = 10%", ()),
    "decoder, windows": ("decoder", f"{RMS}, attention = [sliding(window = 32 tokens), full]", ()),
    "decoder, adapters": ("decoder", f"{RMS}, adapters = bottleneck(rank = 16, per = none)", ()),
    "pairs, adapters of languages": (
        "encoder_decoder",
        f"{LAYER}, adapters = bottleneck(rank = 16, per = language)",
        (),
    ),
    "encoder": ("encoder", f"{LAYER}, position = sinusoidal", ()),
    "encoder, recomputed": ("encoder", f"{RMS}, tied = true", ("train.recompute = full",)),
    "pairs": ("encoder_decoder", f"{RMS}, tied = true, dropout = 10%", ()),
    "pairs, recomputed": ("encoder_decoder", f"{RMS}, kv_heads = 2", ("train.recompute = full",)),
    "pairs, layer norm": (
        "encoder_decoder",
        f"{LAYER}, position = sinusoidal, scaled = true, tied = true",
        (),
    ),
    "pairs, accumulating": (
        "encoder_decoder",
        f"{LAYER}, position = learned",
        ("train.batch = 16 sequences",),
    ),
}


def estimated(case: str) -> Estimate:
    family, more, settings = CASES[case]
    data = PAIRS if family == "encoder_decoder" else TEXT
    return planned(f"model m {{ family = {family}, {SHAPE}, {more} }}\n{data}{TRAIN}", *settings).estimates[
        "train"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_peak_is_that_of_pytorch(case: str):
    """But for a few scalars, which are not on the tape."""
    pytest.importorskip("torch")
    from tests.cost import fake_gpu

    family, more, settings = CASES[case]
    data = PAIRS if family == "encoder_decoder" else TEXT
    plan = planned(f"model m {{ family = {family}, {SHAPE}, {more} }}\n{data}{TRAIN}", *settings)
    found = plan.estimates["train"]
    assert traced(ranks(found.layout)[-1])
    figure = found.worst.figure(ALLOCATED)
    scratch = sum(item.amount for item in figure.items if item.category == "scratch")
    assert figure.value - scratch == pytest.approx(fake_gpu.peak(plan), rel=2e-4)


@pytest.mark.parametrize("case", CASES)
def test_equal_layers_are_not_passed_one_by_one(case: str):
    rank = ranks(estimated(case).layout)[-1]
    short, whole = (Run(rank, folds=folds).steps(2) for folds in (True, False))
    assert peak(short) == peak(whole)
    assert len(short.events) < len(whole.events) or "windows" in case  # which has three of a kind


@pytest.mark.parametrize("case", CASES)
def test_all_that_is_made_is_dropped_but_gradients_and_states(case: str):
    tape = Run(ranks(estimated(case).layout)[-1]).steps(2)
    assert sum(event.size for event in tape.events) == 0


@pytest.mark.parametrize("case", ["decoder", "decoder, recomputed", "pairs"])
def test_one_tape_prices_one_micro_batch_and_many(case: str):
    layout = estimated(case).layout
    micro, accumulation = np.array([1, 2, 5, 8, 13]), np.array([1, 3, 1, 2, 1])
    many = (
        Estimate(layout.replace(micro=micro, accumulation=accumulation, counts_tokens=False)).ranks[-1].peak
    )
    for index, row in enumerate(zip(micro, accumulation, strict=True)):
        one = layout.replace(micro=int(row[0]), accumulation=int(row[1]), counts_tokens=False)
        assert float(many[index]) == Estimate(one).ranks[-1].peak


def test_the_timeline_has_the_peak():
    found = estimated("pairs, recomputed")
    moments = found.timeline()
    assert max(moment.bytes for moment in moments) == pytest.approx(found.memory, rel=1e-9)
    assert [moment.moment for moment in moments if moment.phase == "forward"].count("decoder layer 6") == 1
    for moment in moments:
        assert sum(moment.by_category.values()) == pytest.approx(moment.bytes)
        assert sum(moment.by_span.values()) == pytest.approx(moment.bytes)


@pytest.mark.parametrize("case", ["decoder", "pairs, layer norm", "encoder", "decoder, eager"])
def test_validation_is_in_the_timeline_and_below_the_peak(case: str):
    """It keeps nothing: less than a step by what its layers keep."""
    found = estimated(case)
    (moment,) = [one for one in found.timeline() if one.moment == "validation"]
    always = sum(item.amount for item in found.worst.of(""))
    assert always < moment.bytes < found.memory


LESSON = """
model teacher { family = encoder_decoder, width = 256, heads = 4, layers = 7, vocab = 4000, context = 128 tokens }
model student extends teacher { layers = 5, width = 128, heads = 2 }
data { tokenizer = sentencepiece, train = pairs("{source}-{target}.tsv"), languages = [en, de], buckets = [128 tokens] }
train { model = teacher, on = 1 x h100_80gb, steps = 10, batch = 8 sequences, optimizer = adamw(lr = 1e-3) }
distill student from teacher {
  on = 1 x h100_80gb, steps = 10, batch = 8 sequences, microbatch = 8, loss = %s
}
"""


@pytest.mark.parametrize("loss", ["kl", "[kl(temperature = 2, weight = 70%), cross_entropy(weight = 30%)]"])
def test_a_teacher_beside_its_student_keeps_nothing_but_what_its_last_layer_makes(loss: str):
    layout = planned(LESSON % loss).layouts["distill.student"]
    rank = ranks(layout)[-1]
    assert traced(rank)
    short, whole = (Run(rank, folds=folds).steps(2) for folds in (True, False))
    assert peak(short) == peak(whole)
    assert sum(event.size for event in short.events) == 0
    teachers = {
        number for number, size, label in whole.events if label and label.category == "teacher" and size
    }
    there = {
        number: size
        for number, size, _ in whole.events[: whole.marks[1].event]
        if number in teachers and size
    }
    for number, size, label in whole.events[: whole.marks[1].event]:
        if label is None and number in there and size < 0:
            there.pop(number)
    assert there[max(there)] == 8 * 128 * 256 * 2  # (B, T, D) in 16 bits
    assert sum(there.values()) - there[max(there)] < 8 * 128 * 256 * 2  # but for masks, which are small


def test_a_device_that_is_full_gives_back_what_is_free():
    """A limit between what is allocated and what would be reserved is kept to; one below the former is not."""
    found = estimated("pairs, recomputed")
    rank, allocated = ranks(found.layout)[-1], found.metric("memory.allocated")
    free = found.metric("memory.reserved")
    assert isinstance(allocated, Figure) and isinstance(free, Figure)
    assert free.value > allocated.value
    limit = allocated.value + 60 * 2**20
    held = within(rank, allocated, limit)
    assert held is not None and held.value <= limit
    assert within(rank, allocated, allocated.value * 0.99) is None


def test_a_variant_without_a_trace_is_priced_by_what_it_declares(monkeypatch: pytest.MonkeyPatch):
    family, shape, settings = CASES["decoder, layer norm"]
    model = f"model m {{ family = {family}, {SHAPE}, {shape} }}\n{TEXT}\n{TRAIN}"
    told = planned(model, *settings).estimates["train"]
    assert traced(ranks(told.layout)[-1]) and told.memory
    monkeypatch.setitem(TRACED, "ffn", ("swiglu",))
    declared = planned(model, "train.steps = 11", *settings).estimates["train"]
    assert not traced(ranks(declared.layout)[-1])
    assert declared.memory == pytest.approx(told.memory, rel=0.05)
