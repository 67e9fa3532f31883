"""`docs/calibrate.md` shows what the shipped profile says, and what it says of it is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tfc.cli.calibrate_text import summary
from tfc.hardware.calibration import shipped

PAGE = Path(__file__).parents[2] / "docs" / "calibrate.md"
SHOWN = re.compile(r"(?<=^```text\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)


def test_the_page_shows_the_shipped_profile(update_golden: bool):
    profile = shipped("h100_80gb")
    if profile is None:
        pytest.skip("none is shipped")
    text, found = PAGE.read_text(encoding="utf-8"), "\n".join(summary(profile, Path("h100.json"))) + "\n"
    assert SHOWN.search(text)
    if update_golden:
        PAGE.write_text(SHOWN.sub(lambda _: found, text), encoding="utf-8")
    else:
        assert SHOWN.findall(text) == [found], "run pytest with --update-golden"


def test_the_shipped_profile_keeps_the_bars_of_its_tables():
    """Half of what is left out is missed by 4% at most; half of other shapes by 8%."""
    profile = shipped("h100_80gb")
    if profile is None:
        pytest.skip("none is shipped")
    for name, ratios in profile.residuals().items():
        missed = sorted(max(ratio, 1 / ratio) - 1 for ratio in ratios)
        assert missed[len(missed) // 2] < (0.04 if "left out" in name else 0.08), name
