"""How work is divided."""

from __future__ import annotations

import pytest

from tests.specs import DECODER, LLAMA, TRANSLATOR, planned
from tfc.parallel.base import Work
from tfc.parallel.layout import Layout
from tfc.parallel.pipeline import in_flight, waiting


def layout(text: str, *settings: str) -> Layout:
    return planned(text, *settings).layouts["train"]


def test_text_has_one_shape():
    found = layout(DECODER)
    assert found.buckets == ((0, 256),)
    assert found.fills and found.divides
    assert not found.counts_tokens


def test_a_batch_of_tokens_is_cut_into_micro_batches_of_tokens():
    found = layout(TRANSLATOR, "train.microbatch = 4096 tokens", "data.buckets = [16 tokens]")
    assert found.buckets == ((16, 16), (64, 64))
    assert found.counts_tokens and found.micro == 4096
    assert found.accumulation == 64 * 1024 // (4096 * 8)
    assert (found.sequences((16, 16)), found.microbatch) == (128, 32)


def test_a_bucket_holds_one_sequence_at_least():
    found = layout(TRANSLATOR, "train.microbatch = 64 tokens", "train.batch = 512 tokens")
    assert found.sequences((64, 64)) == 1


def test_sequences_in_a_batch_of_tokens_are_of_the_longest():
    found = layout(TRANSLATOR, "train.microbatch = 8")
    assert found.counts_tokens and found.micro == 8 * 128
    assert found.microbatch == 8


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        (("train.steps = 7",), 7),
        (("train.tokens = 1 Mi",), 2**20 // (64 * 256)),
        (("train.epochs = 3", "data.size = 640 sequences"), 30),
        (("train.epochs = 1", "data.size = 16384 tokens"), 1),
        (("train.epochs = 1",), None),
    ],
)
def test_the_number_of_steps(settings: tuple[str, ...], steps: int | None):
    text = DECODER if "steps" in settings[0] else DECODER.replace("  steps     = 100\n", "")
    assert layout(text, *settings).steps == steps


def test_time_is_of_typical_lengths_without_padding():
    found = layout(TRANSLATOR, "data.lengths = [12, 14]", "data.buckets = [16 tokens]")
    assert found.typical == (16, 16)
    assert found.filled == pytest.approx(26 / 32)
    assert found.tokens_per_step == pytest.approx(found.sequences((16, 16)) * 26 * 8 * found.accumulation)


def test_stages_have_equally_many_layers_and_their_ends():
    found = layout(DECODER, "train.on = 4 x h100_80gb", "train.parallel.pipeline = 4")
    assert [stage.order for stage in found.stages] == [
        ("embedding", "decoder"),
        ("decoder",),
        ("decoder",),
        ("decoder", "output"),
    ]


def test_a_pattern_of_layers_keeps_its_order_over_the_stages():
    pattern = "model.small.attention = [sliding(window = 8 tokens), full]"
    found = layout(DECODER, "train.on = 2 x h100_80gb", "train.parallel.pipeline = 2", pattern)
    assert [stage.order for stage in found.stages] == [
        ("embedding", "decoder.1", "decoder.2"),
        ("decoder.1", "decoder.2", "output"),
    ]


def test_both_sides_fill_the_stages_in_order():
    found = layout(
        TRANSLATOR, "train.on = 2 x h100_80gb", "train.parallel.pipeline = 2", "model.small.layers = 2"
    )
    first, second = (stage.order for stage in found.stages)
    assert first == ("embedding", "encoder", "encoder", "encoder.norm")
    assert second == ("decoder", "decoder", "output")


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ((), (1, 1, 1, 1, 1)),
        (("train.parallel.zero = 1",), (1, 1, 1 / 8, 1, 1)),
        (("train.parallel.zero = 3",), (1 / 8, 1 / 8, 1 / 8, 1, 1)),
        (("train.parallel.tensor = 2",), (1 / 2, 1 / 2, 1 / 2, 1 / 2, 1)),
        (
            ("train.parallel.tensor = 2", "train.parallel.sequence = true"),
            (1 / 2, 1 / 2, 1 / 2, 1 / 2, 1 / 2),
        ),
        (("train.parallel.context = 4",), (1, 1, 1, 1 / 4, 1 / 4)),
        (("train.parallel.zero = 2", "train.parallel.tensor = 2"), (1 / 8, 1 / 8, 1 / 8, 1 / 2, 1)),
    ],
)
def test_what_a_rank_keeps(settings: tuple[str, ...], kept: tuple[float, ...]):
    found = layout(LLAMA, *settings).kept
    assert (found.weights, found.gradients, found.optimizer, found.inner, found.edge) == kept


WORK = Work(100.0, 200.0, 10.0, 4.0, 3, 5, recomputed=False)


def sent(*settings: str) -> dict[str, float]:
    """Bytes times repetitions of a step, by what is sent among more than one."""
    found = layout(LLAMA, *settings).sends(WORK)
    return {message.what: message.size * message.count for message in found if message.ranks > 1}


def test_copies_sum_their_gradients_once_a_step():
    assert sent() == {"gradients summed over the copies": 200}


def test_shards_are_gathered_in_every_micro_batch():
    assert sent("train.parallel.zero = 3") == {
        "weights gathered, layer by layer": 100 * 5 * 2,
        "gradients summed into shards": 200 * 5,
    }
    assert sent("train.parallel.zero = 2")["weights gathered, layer by layer"] == 100 * 5


def test_hybrid_shards_are_summed_over_their_replicas():
    found = sent("train.parallel.zero = 2", "train.parallel.shards = 4")
    assert found["shards summed over the replicas"] == 200 / 4 * 5


def test_tensor_parallelism_sums_four_times_a_layer():
    assert sent("train.parallel.tensor = 8")["partial sums of each layer"] == 10 * 4 * 3 * 5


def test_strategies_that_exclude_each_other_are_told():
    found = layout(LLAMA, "train.parallel.pipeline = 2", "train.parallel.zero = 3")
    assert [conflict.settings for conflict in found.conflicts] == [("zero", "pipeline")]

    assert not layout(LLAMA, "train.parallel.zero = 3").conflicts


# ------------------------------------------------------------------------------------- a pipeline, played


def played(stages: int, micro_batches: int) -> tuple[list[int], float]:
    """1F1B with one unit of time for a forward and one for a backward pass: most in flight by stage, and the end."""
    orders = []
    for stage in range(stages):
        warm = min(micro_batches, stages - stage)
        order = [("f", m) for m in range(warm)]
        for m in range(micro_batches):
            order.append(("b", m))
            if warm + m < micro_batches:
                order.append(("f", warm + m))
        orders.append(order)
    done: dict[tuple[str, int, int], float] = {}
    clock, place = [0.0] * stages, [0] * stages
    while any(place[stage] < len(orders[stage]) for stage in range(stages)):
        for stage in range(stages):
            while place[stage] < len(orders[stage]):
                kind, m = orders[stage][place[stage]]
                if kind == "f":
                    needs = [("f", m, stage - 1)] if stage else []
                else:
                    needs = [("b", m, stage + 1)] if stage < stages - 1 else [("f", m, stage)]
                if any(need not in done for need in needs):
                    break
                clock[stage] = max([clock[stage], *(done[need] for need in needs)]) + 1
                done[kind, m, stage] = clock[stage]
                place[stage] += 1
    most = []
    for order in orders:
        held = peak = 0
        for kind, _ in order:
            held += 1 if kind == "f" else -1
            peak = max(peak, held)
        most.append(peak)
    return most, max(clock)


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
@pytest.mark.parametrize("micro_batches", [1, 2, 5, 8])
def test_one_f_one_b_is_what_a_player_of_it_sees(stages: int, micro_batches: int):
    most, end = played(stages, micro_batches)
    assert most == [in_flight("one_f_one_b", 1, stage, stages, micro_batches) for stage in range(stages)]
    assert end == 2 * (micro_batches + waiting("one_f_one_b", 1, stages))
