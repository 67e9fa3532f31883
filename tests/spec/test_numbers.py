"""Numbers with units: what they are worth, and what they are not."""

from __future__ import annotations

import pytest

from tests.spec.reading import DATA, MODEL, SMALL, model, only, said, spec_of

TRAINED = f"{MODEL}\n{DATA}\ntrain {{ on = cpu, steps = 10, batch = 1 sequence, optimizer = adamw(1e-3), "


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1_024", 1024),
        ("2 Ki", 2048),
        ("1.5 Ki tokens", 1536),
        ("4 * 512", 2048),
        ("(1 + 3) * 100 tokens", 400),
        ("10 K tokens / 5", 2000),
        ("4096 tokens / 2 tokens", 2048),
        ("50% * 512 tokens", 256),
        ("300 tokens - 44 tokens", 256),
        ("- (0 - 64)", 64),
        ("1.1 K", 1100),
        ("1e3", 1000),
    ],
)
def test_a_number_of_tokens(written: str, value: int):
    context = spec_of(model(f"context = {written}")).models["small"].context
    assert context == value and isinstance(context, int)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("5 ms", 0.005), ("300 ns", 3e-7), ("1 min", 60), ("2 h", 7200), ("1 day", 86400), ("0", 0)],
)
def test_a_time(written: str, seconds: float):
    text = f"{MODEL}\ndeploy api {{ target = onnxruntime(on = cpu), server {{ wait = {written} }} }}"
    assert spec_of(text).deploys["api"].server.wait == seconds


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("context = 4 KiB", "TFS202", "counted in tokens, found bytes"),
        ("layers = 3 tokens", "TFS202", "a plain number, found tokens"),
        ("layers = 2.5", "TFS205", "whole number, found 2.5"),
        ("layers = 0", "TFS201", "at least 1, found 0"),
        ("layers = -3", "TFS201", "at least 1, found -3"),
        ("dropout = 110%", "TFS201", "between 0% and 100%, found 110%"),
        ("context = 3 parsecs", "TFS203", "no unit `parsecs`"),
        ("context = 4 ki tokens", "TFS203", "no scale `ki`"),
        ("context = 4 tokens + 3 s", "TFS202", "time cannot be added to tokens"),
        ("context = 4 tokens * 3 tokens", "TFS202", "tokens cannot be multiplied with tokens"),
        ("context = 4 / 0", "TFS201", "divided by zero"),
        ("context = 1e20 * 1e20", "TFS201", "too large"),
        ('layers = "3"', "TFS201", "a whole number, found a text"),
        ("layers = [3]", "TFS201", "a whole number, found a list"),
        ("layers = many", "TFS201", "the word `many`"),
        ("layers = auto", "TFS201", "cannot be `auto`"),
    ],
)
def test_what_is_no_such_number(line: str, code: str, words: str):
    found = only(model(line))
    assert found.code == code and words in found.message
    assert found.span is not None and found.span.text in line


def test_a_bare_number_needs_a_unit_where_several_make_sense():
    found = only(SMALL.replace("64 sequences", "64"))
    assert found.code == "TFS202" and "sequences or tokens" in found.message
    assert [edit.replacement for fix in found.fixes for edit in fix.edits] == [" sequences", " tokens"]
    assert only(f"{TRAINED} checkpoint {{ every = 10 }} }}").help.startswith("write `10 steps`")
    assert only(f"{TRAINED} require memory <= 8 }}").help == "write `8 MiB` or `8 GiB`"


def test_a_micro_batch_of_a_bare_number_is_sequences():
    spec = spec_of(f"{TRAINED} microbatch = 4 }}")
    assert str(spec.trains[""].microbatch) == "4 sequences"


@pytest.mark.parametrize(
    ("unit", "right"),
    [("GB", "GB"), ("Gb", "GiB"), ("gb", "GB"), ("Gib", "GiB"), ("gib", "GiB"), ("G", "GB")],
)
def test_units_of_memory(unit: str, right: str):
    text = f"{TRAINED} require memory <= 8 {unit} }}"
    if unit == right:
        assert spec_of(text).trains[""].budgets[0].limit.value == 8e9
    else:
        assert only(text).fixes[0].edits[0].replacement == right


def test_thousands_for_a_length_are_warned_of():
    found = said(model("context = 32 K tokens"))["TFS204"]
    assert found.message == "32 K is 32 000, not 32 768"
    assert found.fixes[0].edits[0].replacement == "Ki"
    for fine in ("32_000 tokens", "32 Ki tokens", "30 K tokens"):
        assert not said(model(f"context = {fine}"))


def test_a_sum_of_many_terms():
    terms = " + ".join(["1"] * 90)
    assert spec_of(model(f"context = {terms}")).models["small"].context == 90
