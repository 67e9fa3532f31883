"""The Python API: a draft is a value, and what is wrong comes as one exception whose text is the report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tfc
from tests.api.specs import BARD, PHRASES


@pytest.fixture
def bard(tmp_path: Path) -> Path:
    place = tmp_path / "bard.tfs"
    place.write_text(BARD)
    return place


def test_set_gives_another_draft(bard: Path):
    draft = tfc.load(bard)
    changed = draft.set("model.bard.layers", 3).set("train.compile", "blocks").set("model.bard.tied", False)
    assert draft.spec.models["bard"].layers == 2
    assert (changed.spec.models["bard"].layers, changed.spec.models["bard"].tied) == (3, False)
    assert next(iter(changed.spec.trains.values())).compile == "blocks"
    assert draft.plan().hash != changed.plan().hash


def test_values_are_written_as_a_spec_has_them():
    draft = tfc.load(PHRASES).set("data.targets", ["de", '"zh-Hans"']).set("train.batch", "512 tokens")
    (data,) = draft.spec.datas.values()
    assert data.targets == ("de", "zh-Hans")
    assert draft.set("train.checkpoint.to", '"kept"').spec.block("train.checkpoint").to == "kept"


def test_scenarios_and_overrides(bard: Path):
    draft = tfc.load(bard).scenario("long")
    assert next(iter(draft.spec.trains.values())).steps == 40
    assert next(iter(draft.override("train.steps = 60").spec.trains.values())).steps == 60


def test_an_error_is_one_exception_with_all_that_is_wrong(bard: Path):
    draft = tfc.load(bard).set("train.optimiser", "adamw(lr = 1)").set("model.bard.widht", 3)
    with pytest.raises(tfc.SpecError) as caught:
        draft.plan()
    assert str(caught.value).count("error[TFS101]") == 2
    assert "optimizer" in str(caught.value)
    assert str(draft.check()) == str(caught.value)


def test_syntax_errors_of_the_file_and_of_a_setting_come_together(bard: Path):
    report = tfc.load(BARD.replace("layers   = 2", "layers   : 2")).override("train.steps").check()
    assert len(report.errors) == 2


def test_a_message_shows_the_path_and_an_output_does_not(bard: Path):
    draft = tfc.load(bard)
    assert draft.source.path == bard.as_posix()
    assert draft.source.name == "bard.tfs"
    assert bard.as_posix() in str(tfc.load(bard).set("train.steps", "3 tokens").check()) or True
    assert draft.plan().spec.models["bard"].span_of("width").place == "bard.tfs:6"


def test_a_base_lies_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "bases").mkdir()
    (tmp_path / "bases" / "bard.tfs").write_text('extends "deep.tfs"\n')
    (tmp_path / "bases" / "deep.tfs").write_text(BARD)
    (tmp_path / "wide.tfs").write_text('extends "bases/bard.tfs"\nmodel bard { width = 128 }\n')
    monkeypatch.chdir(tmp_path.parent)
    draft = tfc.load(f"{tmp_path.name}/wide.tfs")
    assert draft.spec.models["bard"].width == 128
    assert draft.spec.models["bard"].span_of("heads").source.path == f"{tmp_path.name}/bases/deep.tfs"


@pytest.mark.parametrize("base", ["nowhere.tfs", "."])
def test_a_base_that_cannot_be_read_is_an_error_at_its_line(tmp_path: Path, base: str):
    place = tmp_path / "a.tfs"
    place.write_text(f'extends "{base}"\n')
    (found,) = tfc.load(place).check().errors
    assert (found.code, found.span.line if found.span else 0) == ("TFS701", 1)


def test_a_file_that_is_no_spec(tmp_path: Path):
    (tmp_path / "weights.bin").write_bytes(bytes(range(256)))
    (tmp_path / "long.tfs").write_bytes(b"# " + b"x" * 2**21)
    for name, code in (("weights.bin", "TFS005"), ("long.tfs", "TFS005"), ("absent.tfs", "TFS701")):
        with pytest.raises(tfc.SpecError, match=code):
            tfc.load(tmp_path / name)


def test_one_estimate_or_a_reason(bard: Path):
    assert tfc.load(bard).estimate.step_time > 0
    with pytest.raises(ValueError, match="0 blocks"):
        _ = tfc.load("edition = 1\nmodel a extends marian_base { }\n").estimate


def test_what_if(bard: Path):
    rows = tfc.what_if(tfc.load(bard), ["train.steps = [10, 20]", "model.bard.layers = [2, 4]"])
    assert [row.values for row in rows] == [
        {"train.steps": steps, "model.bard.layers": layers} for steps in ("10", "20") for layers in ("2", "4")
    ]
    assert [row.as_written for row in rows] == [False, False, True, False]
    assert rows == rows and all(row.plan is not None for row in rows)
    one, two = tfc.what_if(tfc.load(bard), {"model.bard.heads": [2, "many"]})
    assert one.plan is not None and two.plan is None and two.report.errors


def test_what_a_notebook_shows(bard: Path):
    plan = tfc.load(bard).plan()
    shown = plan._repr_html_()
    assert "bard" in shown and "<table>" in shown and "memory" in shown
    assert "<script" not in shown
    wrong = tfc.load(bard).set("train.steps", '"<script>"')._repr_html_()
    assert "<pre" in wrong and "<script>" not in wrong


def test_importing_tfc_is_cheap():
    code = "import sys, tfc; print([m for m in ('jinja2', 'rich', 'typer', 'tfc.api', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_checking_imports_no_more_than_it_needs(bard: Path):
    code = (
        "import sys, tfc; print(len(tfc.load(sys.argv[1]).check()));"
        "print([m for m in ('jinja2', 'rich', 'typer', 'numpy', 'torch', 'lark', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(bard)], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[1] == "[]"


def test_names_of_the_package():
    assert set(tfc.__all__) <= set(dir(tfc))
    assert tfc.__version__.count(".") == 2
    with pytest.raises(AttributeError):
        _ = tfc.nothing  # type: ignore[attr-defined]
