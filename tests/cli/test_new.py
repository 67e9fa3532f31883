"""`tfc new`, `presets`, `schema`, `explain`: what a newcomer begins with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import tfc
from tfc.diagnostics.codes import CODES
from tfc.spec.presets import NAMES


@pytest.mark.parametrize("preset", [None, *NAMES])
def test_a_new_spec_is_formatted_and_checks_clean(preset: str | None, tmp_path: Path):
    words = ["new", *([preset] if preset else [])]
    text = tfc(*words, cwd=tmp_path).out
    assert text.count("#") >= 8, "a newcomer finds a comment wherever one would ask"
    (tmp_path / "model.tfs").write_text(text, encoding="utf-8")
    found = tfc("check", "model.tfs", cwd=tmp_path)
    assert found.code == 0, found.out
    assert "warning" not in found.out or preset == "t5_small", "its relative positions are not generated yet"
    assert tfc("fmt", "--check", "model.tfs", cwd=tmp_path).code == 0


def test_new_writes_over_nothing(tmp_path: Path):
    assert tfc("new", "--out", "a.tfs", cwd=tmp_path).code == 0
    text = (tmp_path / "a.tfs").read_text(encoding="utf-8")
    assert "tfc check a.tfs" in text
    again = tfc("new", "llama3_8b", "--out", "a.tfs", cwd=tmp_path)
    assert again.code == 1 and "is there already" in again.err
    assert (tmp_path / "a.tfs").read_text(encoding="utf-8") == text


def test_presets_are_listed_and_shown(tmp_path: Path):
    listed = tfc("presets", cwd=tmp_path).out.splitlines()
    assert [line.split()[0] for line in listed] == list(NAMES)
    assert all("(" in line for line in listed), "each says where its figures are from"
    shown = tfc("presets", "bert_base", cwd=tmp_path)
    assert shown.code == 0 and "model bert_base {" in shown.out


def test_the_schema_is_json_and_has_every_block(tmp_path: Path):
    found = tfc("schema", cwd=tmp_path)
    schema = json.loads(found.out)
    assert found.code == 0 and schema["$schema"].startswith("https://json-schema.org/")
    text = found.out
    assert all(f'"{block}"' in text for block in ("model", "data", "train", "distill", "deploy"))


@pytest.mark.parametrize("code", ["TFS401", "401", "tfs401"])
def test_a_code_is_explained_however_it_is_written(code: str, tmp_path: Path):
    found = tfc("explain", code, cwd=tmp_path)
    assert found.code == 0 and found.out.startswith("# TFS401")


def test_every_code_is_listed(tmp_path: Path):
    out = tfc("explain", cwd=tmp_path).out
    assert all(f"  {code.name}  {code.title}\n" in out for code in CODES.values())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed(shell: str, tmp_path: Path):
    found = tfc("completion", shell, cwd=tmp_path)
    assert found.code == 0 and "_TFC_COMPLETE" in found.out
