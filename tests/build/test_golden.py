"""What each small example compiles to, word for word: whoever changes a template reads it here.

`pytest --update-golden` writes the folders under `tests/golden/` anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import tfc
from tfc.build.compile import contents

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
SMALL = ("quickstart", "captions", "shakespeare")


@pytest.mark.parametrize("name", SMALL)
def test_an_example_compiles_to_what_is_recorded(
    name: str, golden: Callable[[Path, str], None], update_golden: bool
):
    # Without the file's own path: what a lock beside it says would be another test.
    spec = ROOT / "examples" / f"{name}.tfs"
    files = contents(tfc.load(spec.read_text(encoding="utf-8"), name=spec.name).plan())
    recorded = {path.name for path in (GOLDEN / name).glob("*")}
    if update_golden:
        for gone in recorded - set(files):
            (GOLDEN / name / gone).unlink()
    else:
        assert recorded == set(files)
    for path, file in files.items():
        golden(GOLDEN / name / path, file.text)
