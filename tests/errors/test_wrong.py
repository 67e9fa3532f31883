"""Wrong specs of our own making: what a newcomer is told, word for word.

`wrong/NAME.tfs` is the spec and `wrong/NAME.out` what `tfc check` says of it. Whoever changes a message reads it here.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.command_line import tfc

WRONG = Path(__file__).parent / "wrong"
BASES = ("circle_base", "loosened_base")  # what others extend
WELL = "loosened_base"  # a spec without a fault, to call wrongly


@pytest.mark.parametrize("name", sorted(p.stem for p in WRONG.glob("*.tfs") if p.stem not in BASES))
def test_a_wrong_spec(name: str, golden):
    found = tfc("check", f"{name}.tfs", cwd=WRONG)
    golden(WRONG / f"{name}.out", found.transcript)
    speaks(found.out)
    assert found.code == (1 if "error[" in found.out else 0), "a wrong spec must be an error, or warned of"
    assert re.search(r"(error|warning)\[TFS\d{3}\]", found.out)


WRONGLY = {
    "set_unknown": ["check", f"{WELL}.tfs", "--set", "train.optimiser.lr=1"],
    "set_unit": ["check", f"{WELL}.tfs", "--set", "train.batch=64 GiB"],
    "set_syntax": ["check", f"{WELL}.tfs", "--set", "train.batch"],
    "set_expression": ["check", f"{WELL}.tfs", "--set", "train.batch = 64 +"],
    "set_nothing": ["check", f"{WELL}.tfs", "--set", ""],
    "scenario_unknown": ["check", f"{WELL}.tfs", "--scenario", "pilto"],
    "missing_file": ["check", "loosned.tfs"],
    "a_directory": ["check", "."],
    "vary_syntax": ["what-if", f"{WELL}.tfs", "--vary", "train.batch"],
    "vary_unknown": ["what-if", f"{WELL}.tfs", "--vary", "train.bacth = [1, 2]"],
    "pick_nothing": ["fix", f"{WELL}.tfs", "--pick", "1"],
    "explain_unknown": ["explain", "TFS998"],
    "preset_unknown": ["new", "lama3_8b"],
    "verb_unknown": ["chek", f"{WELL}.tfs"],
    "option_unknown": ["check", f"{WELL}.tfs", "--stritc"],
    "format_unknown": ["check", f"{WELL}.tfs", "--format", "xml"],
    "no_file": ["check"],
    "run_without_data": ["run", f"{WELL}.tfs"],
    "run_step_unknown": ["run", f"{WELL}.tfs", "trian"],
    "run_no_deployment": ["run", f"{WELL}.tfs", "serve"],
    "run_fresh_export": ["run", f"{WELL}.tfs", "export", "--fresh"],
    "compile_not_yet": ["compile", "not_yet.tfs"],
    "compile_into_a_file": ["compile", f"{WELL}.tfs", "--out", "heads.tfs"],
    "compile_below_a_file": ["compile", f"{WELL}.tfs", "--out", "heads.tfs/build"],
    "fmt_missing": ["fmt", "nothing.tfs"],
    "new_in_no_folder": ["new", "--out", "nowhere/model.tfs"],
}


@pytest.mark.parametrize("name", WRONGLY)
def test_a_wrong_command_line(name: str, golden, tmp_path: Path):
    for spec in WRONG.glob("*.tfs"):
        shutil.copy(spec, tmp_path)
    found = tfc(*WRONGLY[name], cwd=tmp_path)
    golden(WRONG / f"{name}.out", found.transcript)
    speaks(found.out + found.err)
    assert found.code in (1, 64)


BYTES = {
    "empty": b"",
    "blank": b"\n\n   \n# only a comment\n",
    "nul": b"model small {\n  family = \x00decoder\n}\n",
    "binary": bytes(range(256)) * 8,
    "latin1": "# für Anfänger\nmodel small { family = decoder }\n".encode("latin-1"),
    "utf16": "model small { family = decoder }\n".encode("utf-16"),
    "deep_brackets": b"model m {\n  width = " + b"(" * 1000 + b"1" + b")" * 1000 + b"\n}\n",
    "deep_blocks": b"model m {\n" * 1000 + b"}\n" * 1000,
    "ten_megabytes": b"# a comment\n" * 900_000,
    "one_long_line": b"model m { layers = " + b"1 + " * 20_000 + b"1 }\n",
    "crlf": b"model small {\r\n  famly = decoder\r\n  layers = 3\r\n}\r\n",
    "tabs": b"model small {\n\t\tfamly\t= decoder\n}\n",
    "bidirectional": "model small {\n  family = \u202edecoder\n}\n".encode(),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_spec(name: str, golden, tmp_path: Path):
    (tmp_path / f"{name}.tfs").write_bytes(BYTES[name])
    found = tfc("check", f"{name}.tfs", cwd=tmp_path)
    golden(WRONG / f"{name}.out", found.transcript)
    speaks(found.out)
    assert found.code == 1


def speaks(text: str) -> None:
    """What no user may see: a traceback, a Python type, a sentence of a library, a terminal's control characters."""
    for wrong in (
        "Traceback",
        "TFS999",
        "<class",
        "object at 0x",
        "NoneType",
        "lark",
        "Lark",
        "UnexpectedToken",
    ):
        assert wrong not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", text)
