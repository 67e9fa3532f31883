"""The generated server reads as written for its deployments: no lint, nothing that is not used, edits kept."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from tests.run.specs import TRANSLATOR
from tests.serve.asking import get, post
from tests.serve.folder import DEPLOY, Folder, other, spec
from tfc.backends.render import LINE_LENGTH, SIBLINGS, ruff
from tfc.files import File

TWO = spec() + DEPLOY.format(more="metrics = none", server="port = 8001").replace(
    "deploy api", "deploy quiet"
)
SPECS = {
    "measured": spec(),
    "not measured": spec(more="metrics = none"),
    "measured apart": spec(more="metrics = prometheus(port = 9000)"),
    "two, one of them measured": TWO,
    "two, each measured elsewhere": TWO.replace("metrics = none", "metrics = prometheus(port = 9000)"),
    "a translator that draws": spec(more="decoding = sample"),
    "a writer": other("decoder"),
    "an encoder": other("encoder"),
    "an encoder that guesses": other("encoder", "gives = scores"),
}


@pytest.fixture(params=SPECS, scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Folder]:
    return request.param, Folder(tmp_path_factory.mktemp("text") / "folder", SPECS[request.param])


def test_free_of_lint(made: tuple[str, Folder]) -> None:
    _, folder = made
    known = f"--config=lint.isort.known-first-party={list(SIBLINGS)}"
    rules = ["--select=E,F,I,B,PIE,RET,UP,W,SIM,C4", f"--line-length={LINE_LENGTH}", known]
    command = [ruff(), "check", "--isolated", "--no-cache", "--target-version=py311", *rules, *folder.files]
    done = subprocess.run(command, cwd=folder.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_is_there_that_is_not_used(made: tuple[str, Folder]) -> None:
    _, folder = made
    trees = [ast.parse(code) for code in folder.files.values()]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    called = {
        "startup",
        "handle_exit",
        "__init__",
        "__call__",
        "unicode",
    }  # by uvicorn, starlette and pydantic
    for node in nodes:
        routed = getattr(node, "decorator_list", [])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not routed:
            assert node.name in used | called, node.name


def test_short_files_that_import_no_torch(made: tuple[str, Folder]) -> None:
    name, folder = made
    for path, code in folder.files.items():
        assert len(code.splitlines()) <= 300, path
        assert "torch" not in code
        assert "tfc." not in code
    assert any("prometheus" in code for code in folder.files.values()) == (name != "not measured")


def test_each_setting_has_the_line_that_decided_it(made: tuple[str, Folder]) -> None:
    code = made[1].files["serve.py"]
    assert "wait=5e-3,  # tiny.tfs:" in code
    assert "deadline=10.0,  # by default" in code
    assert "threads=2,  # auto" in code


def test_without_metrics_nothing_is_measured_and_all_is_answered(tmp_path: Path) -> None:
    with Folder(tmp_path / "folder", SPECS["not measured"]).served() as served:
        assert post(served.app, {"text": "abc", "target": "de"}).json() == {"translations": "de cba"}
        assert post(served.app, {"text": "", "target": "de"}).status_code == 422
        assert get(served.app, "/metrics").status_code == 404


def test_of_two_deployments_one_is_measured(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "folder", TWO)
    folder.export("quiet")
    with folder.served() as served:
        assert get(served.app, "/metrics").status_code == 200
        serve = served.modules.serve
        quiet = serve.Service(folder.runs / "deploys" / "quiet", serve.DEPLOYS["quiet"])
        assert get(serve.application(quiet), "/metrics").status_code == 404


def test_one_language_need_not_be_named(tmp_path: Path) -> None:
    text = spec().replace("targets = [de, fr]", "targets = [fr]")
    with Folder(tmp_path / "folder", text, targets=["fr"], golden=[]).served() as served:
        assert post(served.app, {"text": "abc"}).json() == {"translations": "fr cba"}


def test_what_is_written_in_the_region_is_kept_and_runs(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "folder")
    body = "        texts = [text.upper() for text in texts]\n"
    edited = File(folder.files["serve.py"]).with_bodies({"request": body})
    assert edited.regions == {"request": body}
    (folder.path / "serve.py").write_text(edited.text)
    with folder.served() as served:
        assert post(served.app, {"text": "abc", "target": "de"}).json() == {"translations": "de CBA"}


def test_without_a_deployment_there_is_no_server() -> None:
    import tfc

    assert "serve.py" not in tfc.load(TRANSLATOR, name="tiny.tfs").plan().files
