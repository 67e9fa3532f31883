"""A folder with the generated server, a made-up export, and an engine in place of the runtime."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import httpx

import tfc
from tests.run.specs import READER, TRANSLATOR, changed
from tfc.backends.assembly import assemble
from tfc.backends.onnx.backend import PARTS

MODULES = ("batching", "open_inference", "refusals", "routes", "serve")
DEPLOY = """
deploy api {{
  target = onnxruntime(on = cpu(cores = 2))
  precision = int8
  {more}
  server {{
    wait = 5 ms
    {server}
  }}
}}
"""
FACTS = {
    "schema": 1,
    "deploy": "api",
    "model": "tiny",
    "family": "encoder_decoder",
    "target": "onnxruntime",
    "device": "cpu",
    "precision": "int8",
    "weights": "0123456789abcdef",
    "batch": [1, 4],
    "input": [1, 40],
    "output": [1, 40],
    "targets": ["de", "fr"],
    "golden": [{"text": "one", "target": "de", "answer": "de eno"}],
    "seconds": 0.0,
}


def spec(server: str = "", more: str = "") -> str:
    return TRANSLATOR + DEPLOY.format(server=server, more=more)


def other(family: str, more: str = "") -> str:
    """The spec of a server that does not translate."""
    loss = {"train__loss": "masked"} if family == "encoder" else {}
    return changed(READER, model__family=family, **loss) + DEPLOY.format(server="", more=more)


@cache
def generated(text: str) -> dict[str, str]:
    """The files of the server that a spec asks for."""
    plan = tfc.load(text, name="tiny.tfs").plan()
    parts = [part for part in PARTS if part.path.removesuffix(".py") in MODULES]
    return {name: file.text for name, file in assemble(plan, parts).items()}


class Folder:
    """Generated from a spec; `facts` differ from the made-up export's."""

    def __init__(self, path: Path, text: str = "", **facts: Any) -> None:
        self.path, self.runs = path, path / "runs"
        path.mkdir(exist_ok=True)
        self.files = generated(text or spec())
        for name, code in self.files.items():
            (path / name).write_text(code, encoding="utf-8")
        shutil.copy(Path(__file__).with_name("fake_engine.py"), path / "engine.py")
        self.export(**facts)

    def export(self, deploy: str = "api", **facts: Any) -> None:
        folder = self.runs / "deploys" / deploy
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "engine.json").write_text(json.dumps(FACTS | {"deploy": deploy} | facts))

    @contextmanager
    def imported(self) -> Iterator[SimpleNamespace]:
        """The modules of the folder, and none of another."""
        names = (*MODULES, "engine")
        before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
        with mock.patch.object(sys, "path", [str(self.path), *sys.path]):
            try:
                yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
            finally:
                for name in names:
                    sys.modules.pop(name, None)
                sys.modules.update(before)

    @contextmanager
    def served(self, ready: bool = True) -> Iterator[SimpleNamespace]:
        """The application in this process: `.service`, `.app`, and `.engine` where it is ready."""
        with self.imported() as modules:
            service = modules.serve.Service(self.runs / "deploys" / "api", modules.serve.DEPLOYS["api"])
            if ready:
                service.prepare()
                service.engine.batches.clear()
                service.engine.threads.clear()
            app = modules.serve.application(service)
            yield SimpleNamespace(service=service, app=app, engine=service.engine, modules=modules)

    def start(self, *words: str, port: int = 0) -> Process:
        return Process(self, *words, "--port", str(port))


class Process:
    """`python serve.py` as a user starts it."""

    def __init__(self, folder: Any, *words: str) -> None:
        command = [sys.executable, "serve.py", *words]
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.child = subprocess.Popen(command, cwd=folder.path, env=env, stderr=subprocess.PIPE, text=True)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.kill()
        self.child.communicate()

    def line(self) -> str:
        """The next line that it says."""
        assert self.child.stderr is not None
        return self.child.stderr.readline().strip()

    def ready(self) -> str:
        """Its address, once it may be asked."""
        said = self.line()
        address = said.rpartition(" at ")[2]
        assert address.startswith("http://"), said
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return address
            time.sleep(0.02)
        raise AssertionError("not ready after ten seconds")

    def ended(self) -> tuple[int, str]:
        """Its exit code, and what it said since."""
        _, said = self.child.communicate(timeout=20)
        return self.child.returncode, said
