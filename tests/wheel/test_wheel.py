"""The wheel: built from this tree, installed where the checkout is not, and used there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network."""
    out = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)], out)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's content and nothing else of ours."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    run([*pip, "--target", str(target), str(wheel)], target)
    return target


def run(words: list[str], cwd: Path, **env: str) -> str:
    """The standard output of a process that must end well; it sees no checkout of ours."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    done = subprocess.run(words, cwd=cwd, env={**clean, **env}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_holds_what_it_needs_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert "tfc/py.typed" in names
    assert "tfc/_data/grammar/tfs.lark" in names
    assert any(name.startswith("tfc/_data/templates/torch/") for name in names)
    assert any(name.startswith("tfc/diagnostics/pages/TFS") for name in names)
    assert any(name.endswith(".toml") and name.startswith("tfc/hardware/") for name in names)
    assert any(name.startswith("tfc/spec/presets/") and name.endswith(".tfs") for name in names)
    assert {name.split("/")[0] for name in names if not name.startswith("tfc-")} == {"tfc"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".log"))]
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_it_compiles_the_quickstart(installed: Path, tmp_path: Path):
    (tmp_path / "quickstart.tfs").write_bytes((ROOT / "examples" / "quickstart.tfs").read_bytes())
    tfc = [sys.executable, "-c", "import sys, tfc.cli.main as c; print(c.__file__); sys.exit(c.main())"]
    out = run([*tfc, "check", "quickstart.tfs"], tmp_path, PYTHONPATH=str(installed))
    assert out.startswith(str(installed)), "the checkout was used, not the wheel"
    run([*tfc, "compile", "quickstart.tfs"], tmp_path, PYTHONPATH=str(installed))
    made = tmp_path / "build" / "quickstart"
    assert (made / "model.py").is_file() and (made / "train.py").is_file()
    assert str(installed) not in "".join(path.read_text() for path in made.iterdir() if path.is_file())
    run([*tfc, "explain", "TFS401"], tmp_path, PYTHONPATH=str(installed))
