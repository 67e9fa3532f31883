"""The README and the requirements of a generated folder say what is true of it."""

from __future__ import annotations

import ast
import json
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import tfc
from tests.evaluate.generated import PAIRS, TEXT


def text(family: str, tokenizer: str = "bytes", *blocks: str, model: str = "") -> str:
    spec = TEXT.format(family=family, tokenizer=tokenizer).replace("tied ", f"{model}\n  tied ")
    return spec + "\n".join(blocks)


def deploy(target: str = "onnxruntime(on = cpu)", *more: str) -> str:
    return "\n  ".join(["\ndeploy api {", f"target = {target}", *more]) + "\n}\n"


def distilled(spec: str) -> str:
    """The same with a student, which is what is deployed."""
    student = "\nmodel small extends toy { layers = 1 }\ndistill small from toy {\n  on = cpu\n  steps = 5\n"
    student += "  batch = 2 sequences\n}\n"
    return spec.replace("train {", "train {\n  model = toy") + student


TRANSLATOR = PAIRS.format(more="vocab = 300").replace("= bytes", "= sentencepiece")
SPECS = {
    "pairs": TRANSLATOR,
    "several": text("decoder").replace("= cpu", "= 2 x h100_80gb"),
    "no training": TRANSLATOR.split("data {")[0],
    "student": distilled(TRANSLATOR) + deploy("onnxruntime(on = cpu)", "model = small", "precision = int8"),
    "two": distilled(TRANSLATOR)
    + deploy("onnxruntime(on = cpu)", "model = small")
    + deploy("onnxruntime(on = cpu)", "model = toy").replace("api", "other").replace("{", "{\n  server { port = 8001 }"),
    "engine": TRANSLATOR + deploy("tensorrt(on = l4)", "precision = fp16"),
    "gpu": TRANSLATOR + deploy("onnxruntime(on = l4)", "precision = fp16"),
    "writer": text("decoder", "tokenizers", deploy(), model="vocab = 300"),
    "reader": text("encoder", "bytes", deploy()),
}


@pytest.fixture(scope="module", params=SPECS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("folder") / "build"
    tfc.load(SPECS[request.param], name="toy.tfs").compile(place)
    return place


def readme(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def imported(folder: Path, scripts: Iterable[Path]) -> Iterator[str]:
    """The packages that scripts import, the standard library and one another left out."""
    known = {*sys.stdlib_module_names, *(path.stem for path in folder.glob("*.py"))}
    for path in scripts:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from (name for name in names if name.split(".")[0] not in known)


def packages(folder: Path, scripts: Iterable[Path]) -> set[str]:
    found = {"tensorboard" if "tensorboard" in name else name.split(".")[0] for name in imported(folder, scripts)}
    return found - {"starlette", "pydantic_core"}  # of fastapi and pydantic


def named(path: Path) -> set[str]:
    """The packages of a file of requirements, by the names of their modules."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = {re.split("[<>=]", line)[0] for line in lines if not line.startswith("#")}
    return {name.removesuffix("-gpu").replace("-", "_") for name in found}


def test_the_requirements_are_what_is_imported(folder: Path) -> None:
    found = named(folder / "requirements.txt")
    # It is imported by its name in a string, where it is there.
    assert found - {"cuda_python"} == packages(folder, folder.glob("*.py"))
    built = (folder / "build_engine.py").exists()
    assert ("cuda_python" in found) == built
    written = (folder / "requirements.txt").read_text(encoding="utf-8")
    assert ("#   tensorrt>=11\n" in written) == built
    assert ("onnxruntime-gpu>" in written) == ("under onnxruntime on a GPU" in readme(folder))
    assert all(">=" in line for line in written.splitlines() if not line.startswith("#"))


def test_what_serves_needs_no_torch(folder: Path) -> None:
    place = folder / "requirements-serve.txt"
    assert place.exists() == (folder / "serve.py").exists()
    if not place.exists():
        return
    (carried,) = re.findall(r"copy (.*) to it", readme(folder))
    scripts = [folder / name for name in re.findall(r"`(\w+\.py)`", carried)]
    assert {"serve.py", "engine.py", "tokenizer.py"} <= {path.name for path in scripts}
    modules = {name.stem for name in scripts}
    inner = {node for path in scripts for node in siblings(path, folder)}
    assert inner <= modules, "a server that is carried elsewhere must find all that it imports"
    assert packages(folder, scripts) <= named(place)
    assert not {"torch", "safetensors", "sacrebleu"} & named(place)


def siblings(path: Path, folder: Path) -> Iterator[str]:
    """The scripts of the folder that one imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name for name in names if (folder / f"{name}.py").exists())


def test_the_readme_lists_the_files_that_there_are(folder: Path) -> None:
    listed = set(re.findall(r"^\| `([\w.-]+)` \| \S", readme(folder), flags=re.MULTILINE))
    there = {path.name for path in folder.iterdir()}
    assert listed == there - {"README.md"}


def test_the_readme_calls_scripts_that_there_are(folder: Path) -> None:
    called = set(re.findall(r"^(?:python |\./)([\w.]+)", readme(folder), flags=re.MULTILINE)) - {"-m"}
    steps = {"distill.py", "evaluate.py", "export.py", "build_engine.py", "serve.py"}
    steps |= {"launch.sh"} if (folder / "launch.sh").exists() else {"train.py"}
    assert called == {name for name in steps if (folder / name).is_file()}


def test_where_there_are_several_they_are_named(folder: Path) -> None:
    calls = re.findall(r"^python (?:export|serve)\.py ?(\w*)", readme(folder), flags=re.MULTILINE)
    served = re.findall(r"^Serving `(\w+)`", readme(folder), flags=re.MULTILINE)
    assert calls == (served * 2 if len(served) > 1 else [""] * len(calls))


def test_the_readme_asks_as_the_server_answers(folder: Path) -> None:
    found = readme(folder)
    if not (folder / "serve.py").exists():
        assert "curl" not in found
        return
    (line,) = re.findall(r"^curl .*", found, flags=re.MULTILINE)
    words = shlex.split(line)
    body, address = json.loads(words[words.index("-d") + 1]), words[2]
    route = address.partition("8000")[2]
    text = (folder / "routes.py").read_text(encoding="utf-8")
    assert f'.post("{route}")' in text
    assert all(re.search(rf"\b{name}\b", text) for name in body), "what is asked for has a field"
    (block,) = re.findall(r"```python\n(.*?)```", found.partition("## Ask")[2], flags=re.DOTALL)
    assert address in block
    ast.parse(block)
    if "target" in body:
        assert body["target"] in ("up", "re")


def test_the_readme_tells_what_was_predicted(folder: Path) -> None:
    found = readme(folder)
    rows = re.findall(r"^\| (memory|time of a step|time of the run) \| \S+ \S+ \|", found, flags=re.MULTILINE)
    learning = sum((folder / name).exists() for name in ("train.py", "distill.py"))
    served = len(re.findall(r"^Serving `", found, flags=re.MULTILINE))
    assert len(rows) == 3 * learning + served
    assert "{{" not in found and "\n\n\n" not in found and "``" not in found.replace("```", "")


def test_beside_another_it_is_the_engine_whose_graphs_onnxruntime_runs(tmp_path: Path) -> None:
    spec = TRANSLATOR + deploy("onnxruntime(on = cpu)") + deploy("tensorrt(on = l4)").replace("api", "fast")
    tfc.load(spec, name="toy.tfs").compile(tmp_path)
    assert "`evaluate.py --deploy fast --program onnxruntime`" in readme(tmp_path)
