"""Prices that a user gives take the place of list prices, for as long as a command runs; what is none is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import tfc as run
from tests.specs import DECODER, LLAMA, planned
from tfc.cost.items import Unknown
from tfc.hardware.device import H100
from tfc.hardware.prices import priced_by, read_prices


def written(folder: Path, text: str) -> Path:
    path = folder / "ours.toml"
    path.write_text(text)
    return path


def test_given_prices_stand_while_they_are_given(tmp_path: Path):
    rows = read_prices(written(tmp_path, "[h100_80gb]\nusd = 1.5\n"))
    listed = H100().price
    with priced_by(rows):
        price = H100().price
        assert price is not None and (price.usd, price.low, price.high) == (1.5, 1.5, 1.5)
        assert price.source == "ours.toml"
        estimate = planned(LLAMA).estimates["train"]
        assert estimate.time is not None
        assert estimate.cost == pytest.approx(8 * estimate.time / 3600 * 1.5)
    assert H100().price == listed


def test_a_device_that_is_left_out_has_no_price(tmp_path: Path):
    with priced_by(read_prices(written(tmp_path, "[l4]\nusd = 0.5\n"))):
        assert H100().price is None
        assert isinstance(planned(LLAMA).estimates["train"].metric("cost"), Unknown)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[h100]\nusd = 1", "no device"),
        ("[l4]\nlow = 1", "lacks `usd`"),
        ("[l4]\nusd = '1'", "are numbers"),
        ("[l4]\nusd = -1", "are numbers"),
        ("[l4]\nusd = true", "are numbers"),
        ("[l4]\nusd = nan", "are numbers"),
        ("[l4]\nusd = inf", "are numbers"),
        ("[l4]\nusd = 3\nhigh = 2", "lies outside"),
        ("[l4", "not TOML"),
    ],
)
def test_what_is_no_price_is_refused(tmp_path: Path, text: str, said: str):
    with pytest.raises(ValueError, match=said):
        read_prices(written(tmp_path, text))


@pytest.mark.parametrize("verb", [["plan"], ["what-if"], ["what-if", "--format", "csv"]])
def test_verbs_price_by_a_table(tmp_path: Path, verb: list[str]):
    (tmp_path / "m.tfs").write_text(
        DECODER.replace("steps     = 100\n", "steps     = 1_000_000\n  prefer cost <= 1000 USD\n")
    )
    written(tmp_path, "[h100_80gb]\nusd = 100.0\n")
    listed, ours = (run(*verb, "m.tfs", *more, cwd=tmp_path) for more in ([], ["--prices", "ours.toml"]))
    assert listed.code == ours.code == 0 and listed.out != ours.out


def test_a_table_that_is_none_is_bad_usage(tmp_path: Path):
    (tmp_path / "m.tfs").write_text(LLAMA)
    written(tmp_path, "[h100]\nusd = 1.0\n")
    found = run("plan", "m.tfs", "--prices", "ours.toml", cwd=tmp_path)
    assert found.code == 64 and "`h100` in ours.toml is no device" in found.err
    assert run("plan", "m.tfs", "--prices", "missing.toml", cwd=tmp_path).code == 64
