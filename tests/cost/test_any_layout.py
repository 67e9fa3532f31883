"""Whatever the settings are, there is an estimate or a diagnostic, and never an exception."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.specs import DECODER, TRANSLATOR
from tfc.api import load
from tfc.check.budgets import verdicts
from tfc.diagnostics.core import SpecError

VALUES = {
    "train.on": ["cpu", "1 x l4", "8 x h100_80gb", "4 x 8 x h200", "3 x a100_40gb", "2 x a100_pcie_40gb"],
    "train.batch": ["1 sequence", "7 sequences", "64 sequences", "1 token", "4096 tokens", "1 M tokens"],
    "train.microbatch": ["auto", "1", "8", "100 tokens", "1 M tokens"],
    "train.accumulation": ["auto", "1", "3", "16"],
    "train.precision": ["fp32", "bf16", "fp16", "fp8"],
    "train.recompute": ["none", "full", "auto", "selective(ffn)", "selective(attention, norm)"],
    "train.compile": ["none", "blocks"],
    "train.parallel.data": ["auto", "1", "2", "8"],
    "train.parallel.tensor": ["1", "2", "auto", "4"],
    "train.parallel.pipeline": ["1", "2", "auto", "3", "8"],
    "train.parallel.context": ["1", "2", "auto"],
    "train.parallel.zero": ["0", "1", "2", "3", "auto"],
    "train.parallel.schedule": ["gpipe", "one_f_one_b", "interleaved(chunks = 2)"],
    "train.offload": ["none", "[optimizer]"],
    "train.checkpoint.every": ["1 step", "10 min", "1 s"],
    "model.small.attention": [
        "sliding(window = 16 tokens)",
        "[full, sliding(window = 8 tokens)]",
        "performer",
        "bigbird(window = 64 tokens)",
        "match length { <= 16 tokens => full, else => sliding(window = 8 tokens) }",
    ],
    "model.small.adapters": ["bottleneck(rank = 4)", "lora(rank = 4)"],
    "model.small.layers": ["1", "5"],
    "data.lengths": ["[3, 5]", "16"],
}
CHANGES = st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=6).flatmap(
    lambda names: st.tuples(
        *(st.sampled_from([f"{name} = {value}" for value in VALUES[name]]) for name in names)
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([DECODER, TRANSLATOR]), CHANGES)
def test_any_settings_give_an_estimate_or_a_diagnostic(text: str, changes: tuple[str, ...]):
    draft = load(text)
    for change in changes:
        draft = draft.override(change)
    try:
        report = draft.check()
        plan = draft.plan()
    except SpecError as error:
        assert error.report.errors
        return
    for found in plan.estimates.values():
        assert found.memory > 0 and found.step_time > 0
        assert set(found.figures) and found.summary()
        low, high = found.interval("memory")
        assert low <= found.memory <= high
    if report.ok:
        assert verdicts(plan)
