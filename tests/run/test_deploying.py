"""The steps after training, with scripts that only pretend: which are begun, after what, and how scores are judged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tfc
from tests.command_line import tfc as command
from tests.run.pretended import SPEC, Pretended
from tfc.run.child import Failed
from tfc.run.steps import steps

ALL = ["train", "evaluate big", "distill small", "evaluate small", "export api", "evaluate --deploy api"]
OTHER = SPEC[SPEC.index("deploy api") :].replace("api", "other")


@pytest.fixture
def bench(tmp_path: Path) -> Pretended:
    return Pretended(tmp_path)


def test_a_step_begins_with_those_before_it(bench: Pretended):
    bench.run("distill")
    assert bench.started == ALL[:4]
    bench.run("export")
    assert bench.started == ALL[4:]
    bench.run()
    assert bench.started == ["serve api"]
    assert [line for line in bench.told if line.startswith("step ")][-4:] == [
        "step 1 of 4: train",
        "step 2 of 4: distill.small",
        "step 3 of 4: export deploy.api",
        "step 4 of 4: serve deploy.api",
    ]


def test_what_is_read_decides_what_is_done_again(bench: Pretended):
    bench.run("export")
    _ = bench.started
    (bench.folder / "runs/models/small/weights.safetensors").write_text("others")
    bench.run("export")
    assert bench.started == ["evaluate small", "export api", "evaluate --deploy api"]
    (bench.folder / "runs/deploys/api/engine.json").unlink()
    bench.run("export")
    assert bench.started == ["export api"]
    (bench.data / "dev.en-de.tsv").write_text("a\tc\n")
    bench.run("export")
    assert bench.started == ALL


def test_fresh_begins_anew_what_is_asked_for(bench: Pretended):
    bench.run("export")
    _ = bench.started
    (bench.folder / "seed").write_text("1")
    bench.run("distill", fresh=True)
    assert bench.started == ["distill small --fresh", "evaluate small"]
    bench.run("all", fresh=True)
    again = ["train --fresh", "evaluate big", "distill small --fresh", "evaluate small"]
    assert bench.started == [*again, "export api", "evaluate --deploy api", "serve api"]
    with pytest.raises(ValueError, match="`export` is neither"):
        bench.run("export", fresh=True)


def test_engines_are_built_of_the_graphs(bench: Pretended, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tfc.run.scoring.GPU", (str(bench.data),))
    text = SPEC.replace("onnxruntime(on = cpu)", "tensorrt(on = l4)")
    bench.run("export", text)
    assert bench.started == [*ALL[:5], "build api", ALL[5]]
    bench.run("export", text)
    assert bench.started == []
    (bench.folder / "runs/deploys/api/decoder-l4.engine").unlink()
    bench.run("export", text)
    assert bench.started == ["build api"]
    monkeypatch.setattr("tfc.run.scoring.GPU", (str(bench.data / "none"),))
    (bench.folder / "runs/deploys/api/scores.json").unlink()
    bench.run("export", text)
    assert bench.started == ["evaluate --deploy api --program onnxruntime"]
    assert (
        "deploy.api: there is no GPU here for its engines, so that onnxruntime runs its graphs" in bench.told
    )


def test_of_several_deployments_one_is_served(bench: Pretended):
    bench.run(text=SPEC + OTHER)
    assert bench.started == [*ALL, "export other", "evaluate --deploy other"]
    assert bench.told[-1].endswith("say which with `--deploy api` or `--deploy other`")
    with pytest.raises(tfc.SpecError, match="one is served at a time"):
        bench.run("serve", SPEC + OTHER)
    with pytest.raises(tfc.SpecError, match="did you mean `other`"):
        bench.run("serve", SPEC + OTHER, deploy="othr")
    assert bench.started == []
    bench.run("serve", SPEC + OTHER, deploy="other")
    assert bench.started == ["serve other"]


def test_a_deployment_needs_what_its_model_has_learnt_from_and_no_more():
    third = "\nmodel third extends small { }\n" + SPEC[SPEC.index("distill") : SPEC.index("deploy")]
    third = third.replace("small from big {", "third from small {\n  optimizer = adamw(lr = 1e-3)")
    apart = "\ndeploy apart { model = big\n target = onnxruntime(on = cpu) }\n"
    plan = tfc.load(third + SPEC.removeprefix("edition = 1\n") + apart).plan()
    learning = ["train", "distill.small", "distill.third"]
    assert [step.name for step in steps(plan, "distill")] == learning
    assert [step.name for step in steps(plan, "export", "apart")] == ["train", "deploy.apart"]
    assert [str(step) for step in steps(plan, "serve", "api")] == [
        *learning[:2],
        "export deploy.api",
        "serve deploy.api",
    ]


def test_a_model_that_nothing_trains_must_lie_there(bench: Pretended):
    alone = SPEC[: SPEC.index("train {")] + SPEC[SPEC.index("deploy api") :]
    with pytest.raises(tfc.SpecError) as caught:
        bench.run("export", alone)
    (found,) = caught.value.report
    assert found.code == "TFS701" and found.span is not None and "`weights.safetensors`" in found.message
    folder = bench.folder / "runs/models/small"
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").touch()
    with pytest.raises(tfc.SpecError, match=r"no `model\.json` of it"):
        bench.run("export", alone)
    (folder / "model.json").touch()
    bench.run("all", alone)
    assert bench.started == ["export api", "serve api"]


def test_data_that_every_step_misses_is_told_once(bench: Pretended):
    for file in bench.data.glob("dev.*"):
        file.unlink()
    with pytest.raises(tfc.SpecError) as caught:
        bench.run()
    assert [found.code for found in caught.value.report] == ["TFS701"]
    assert bench.started == []


# --------------------------------------------------------------------------------------------------- quality


def asking(budget: str, block: str = "deploy api") -> str:
    return SPEC.replace(f"{block} {{", f"{block} {{\n  {budget}")


def test_an_export_is_compared_with_the_weights_that_it_is_made_of(bench: Pretended):
    bench.score(api={"en-de": 29.5, "en-fr": 38.5})
    assert not bench.run("export", asking("require bleu.drop <= 1"))
    (found,) = bench.run("export", asking("require bleu.drop <= 1 at language = worst"))
    assert (found.code, found.severity) == ("TFS407", "error")
    message = "bleu of the worst language is 1.5 below that of `small` before export and may be 1"
    assert found.message == message
    assert found.notes == ("measured on `data.dev` by `evaluate.py`: en-fr 1.5, en-de 0.5",)


def test_a_broken_requirement_is_the_end_of_the_run(bench: Pretended):
    bench.score(small={"en-de": 20.0, "en-fr": 39.0})
    text = asking("require bleu.drop <= 2 at language = de", "distill small from big")
    (found,) = bench.run(text=text)
    assert found.message == "bleu of de is 10 below that of `big` and may be 2"
    assert bench.started == ALL[:4]
    assert bench.told[-1] == "stopped before `export deploy.api`: a budget on quality is broken"
    (found,) = bench.run(text=text.replace("require bleu", "prefer bleu"))
    assert found.severity == "warning" and bench.started == [*ALL[4:], "serve api"]


def test_what_is_compared_is_decoded_alike(bench: Pretended):
    beam = "beam 4, length penalty 0.6"
    bench.score({"api": beam, "other": "greedy"}, api={"en-de": 31.0, "en-fr": 41.0})
    text = asking("require bleu.drop <= 0 at against = big") + OTHER.replace(
        "{", "{\n  require bleu.drop <= 0\n", 1
    )
    assert not bench.run("export", text)
    assert bench.started == [*ALL[:6], "evaluate big --beam 4 --length-penalty 0.6", *ALL_OTHER]
    assert not bench.run("export", text)
    assert bench.started == []


ALL_OTHER = ["export other", "evaluate --deploy other"]


def test_a_split_that_a_budget_names_is_scored_too(bench: Pretended):
    text = asking("require bleu >= 35 at on = data.test").replace(
        "  sources   =", '  test      = pairs("dev.{source}-{target}.tsv")\n  sources   ='
    )
    text = text.replace("at on = data.test", "at on = data.dev")
    assert not bench.run("export", text)
    assert "evaluate --deploy api --split dev" in bench.started


def test_what_cannot_be_compared_is_no_pass(bench: Pretended):
    bench.score({"api": "sample, temperature 1"})
    (found,) = bench.run("export", asking("require bleu.drop <= 1"))
    assert found.code == "TFS407" and "was not measured" in found.message
    assert "no scores of `small` on `data.dev`, decoded as sample, temperature 1" in found.help


def test_what_an_export_does_not_tell_is_no_pass(bench: Pretended):
    (found,) = bench.run("export", asking("prefer loss <= 2"))
    assert (
        found.severity == "warning" and found.help == "`evaluate.py` does not measure it of what is exported"
    )


# --------------------------------------------------------------------------------------------------- serving

SERVER = """
import pathlib, signal, sys, time
def drain(number, frame):
    pathlib.Path("drained").touch()
    sys.exit({code})
signal.signal(signal.SIGINT, drain)
pathlib.Path("up").touch()
time.sleep(60)
"""


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (130, 0), (3, 1)])
def test_a_server_that_is_asked_to_stop_drains(bench: Pretended, code: int, ends: int):
    bench.run("export")
    (bench.folder / "serve.py").write_text(SERVER.format(code=code))
    (bench.data / "small.tfs").write_text(SPEC)
    program = (
        "import sys, pathlib, tfc; from tfc.run.run import run\n"
        "from tfc.run.child import Failed\n"
        "try: run(tfc.load('small.tfs').plan(), pathlib.Path('build'), pathlib.Path('.'))\n"
        "except Failed: sys.exit(1)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(tfc.__file__).parents[1])}
    child = subprocess.Popen(
        [sys.executable, "-c", program], cwd=bench.data, stdout=subprocess.PIPE, text=True, env=environment
    )
    until = time.monotonic() + 20
    while not (bench.folder / "up").exists() and time.monotonic() < until:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    told, _ = child.communicate(timeout=20)
    assert child.returncode == ends and (bench.folder / "drained").exists()
    assert ("deploy.api: stopped" in told) is (ends == 0)


def test_a_script_that_is_killed_says_so(bench: Pretended):
    (bench.folder / "distill.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    with pytest.raises(Failed, match="was killed by SIGKILL: there may not have been memory enough"):
        bench.run("distill")


def test_scores_that_are_about_to_be_measured_are_not_said_to_be_unknown(tmp_path: Path):
    """`tfc check` says what it cannot know; where it is run, it soon will."""
    bench = Pretended(tmp_path)
    budgets = "  require bleu.drop <= 1\n  require latency.p99 <= 1 s at rate = 9000000 requests/s\n"
    (tmp_path / "small.tfs").write_text(SPEC.replace("deploy api {\n", f"deploy api {{\n{budgets}"))
    said = command("check", "small.tfs", cwd=tmp_path)
    assert "`bleu.drop` keeps to 1 cannot be said" in said.transcript
    said = command("run", "small.tfs", "--out", "elsewhere", "--python", "/nowhere", cwd=bench.data)
    assert "`bleu.drop`" not in said.err and "`latency.p99` keeps to 1 s cannot be said" in said.err
