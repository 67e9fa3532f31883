"""The Pareto front of a what-if: what fits, and what no other row that fits beats in every figure."""

from __future__ import annotations

import csv
import io
import json
from itertools import product
from pathlib import Path

import pytest

import tfc as api
from tests.command_line import tfc
from tests.specs import TRANSLATOR
from tfc.report.variants import Row, Table, better, tables

VARY = ["train.microbatch = [1, 2, 8]", "train.recompute = [none, full]", "train.parallel.zero = [0, 2, 3]"]
SCENARIOS = """
scenario small { model.small.width = 96 }
scenario long  { model.small.context = 128 tokens }
"""


@pytest.fixture(scope="module")
def table() -> Table:
    draft = api.load(TRANSLATOR)
    (found,) = tables(api.what_if(draft, VARY), draft.plan())
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.tfs").write_text(TRANSLATOR + SCENARIOS, encoding="utf-8")
    return tmp_path


def beats(one: Row, other: Row) -> bool:
    """Slowly and plainly: no figure is worse and one is better, to four digits."""
    worse = gains = False
    for name in ("memory", "time", "cost"):
        a, b = (float(f"{row.figures[name].value:.4g}") for row in (one, other))  # type: ignore[union-attr]
        worse, gains = worse or a > b, gains or a < b
    return gains and not worse


def test_the_front_is_what_no_other_row_beats(table: Table):
    fitting = [place for place, row in enumerate(table.rows) if row.fits]
    expected = {
        place
        for place in fitting
        if not any(beats(table.rows[other], table.rows[place]) for other in fitting if other != place)
    }
    assert table.front == expected
    assert 1 <= len(table.front) < len(fitting), "a test of a front needs rows behind it"


def test_what_does_not_fit_is_on_no_front(table: Table):
    # What surely does not fit is so at the lower bound.
    amounts = sorted(row.figures["memory"].low for row in table.rows)  # type: ignore[union-attr]
    limit = int((amounts[0] + amounts[-1]) / 2 / 2**20)
    text = TRANSLATOR.replace("steps     =", f"require memory <= {limit} MiB\n  steps     =")
    draft = api.load(text)
    (found,) = tables(api.what_if(draft, VARY), draft.plan())
    assert any(not row.fits for row in found.rows) and any(row.fits for row in found.rows)
    assert found.front and all(found.rows[place].fits for place in found.front)


def test_a_single_row_has_no_front():
    draft = api.load(TRANSLATOR)
    (found,) = tables(api.what_if(draft, ["train.microbatch = [2]"]), draft.plan())
    assert len(found.rows) == 1 and found.rows[0].fits and not found.front


@pytest.mark.parametrize("one", list(product((1, 2), repeat=2)))
@pytest.mark.parametrize("other", list(product((1, 2), repeat=2)))
def test_domination(one: tuple[int, int], other: tuple[int, int]):
    assert better(one, other) == (one[0] <= other[0] and one[1] <= other[1] and one != other)


def test_all_formats_tell_the_same_front(folder: Path, table: Table):
    words = ["what-if", "model.tfs", *(word for vary in VARY for word in ("--vary", vary))]
    text = tfc(*words, cwd=folder).out.splitlines()
    rows = csv.DictReader(io.StringIO(tfc(*words, "--format", "csv", cwd=folder).out))
    values = json.loads(tfc(*words, "--format", "json", cwd=folder).out)["train"]
    lines = tfc(*words, "--format", "concise", cwd=folder).out.splitlines()
    assert {place for place, line in enumerate(text[1:-1]) if line[1] == "*"} == table.front
    assert {place for place, row in enumerate(rows) if row["front"] == "true"} == table.front
    assert {place for place, row in enumerate(values) if row["front"]} == table.front
    assert {place for place, line in enumerate(lines) if line.endswith(", front")} == table.front


def test_annotations_warn_of_what_does_not_fit(folder: Path):
    words = ["--vary", "train.microbatch = [2, 7]", "--format", "github"]
    fits, not_divisible = tfc("what-if", "model.tfs", *words, cwd=folder).out.splitlines()
    assert fits.startswith("::notice title=tfc what-if train::train.microbatch=2 ")
    assert not_divisible.startswith("::warning title=tfc what-if train::train.microbatch=7: TFS503")


def test_several_scenarios_are_rows_beside_the_spec(folder: Path):
    found = tfc("what-if", "model.tfs", "--scenario", "small", "--scenario", "long", cwd=folder)
    _, written, small, long, _ = found.out.splitlines()
    assert written.endswith("as written")
    assert small[2:].split()[0] == "small" and long[2:].split()[0] == "long"
    draft = api.load(TRANSLATOR + SCENARIOS)
    for name, line in (("small", small), ("long", long)):
        assert str(draft.scenario(name).estimate.metric("memory")) in line


def test_scenarios_and_variants_multiply(folder: Path):
    words = ["--scenario", "small", "--scenario", "long", "--vary", "train.recompute = [none, full]"]
    rows = json.loads(tfc("what-if", "model.tfs", *words, "--format", "json", cwd=folder).out)["train"]
    assert [tuple(row["values"].values()) for row in rows] == list(
        product(("small", "long"), ("none", "full"))
    )
    assert not any(row["as_written"] for row in rows)


def test_an_unknown_scenario_is_refused(folder: Path):
    found = tfc("what-if", "model.tfs", "--scenario", "small", "--scenario", "smaller", cwd=folder)
    assert found.code == 1 and not found.out and "smaller" in found.err
