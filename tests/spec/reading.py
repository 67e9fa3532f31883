"""Texts to specs, as the command line does it, without a file."""

from __future__ import annotations

from collections.abc import Mapping

from tests.hardware import invented
from tfc.diagnostics.core import Diagnostic, Report, Source
from tfc.spec.resolve import resolve
from tfc.spec.spec import Spec
from tfc.syntax.parse import parse, parse_setting

MODEL = """\
model small {
  family  = decoder
  layers  = 4
  width   = 256
  heads   = 4
  context = 256 tokens
  vocab   = 8192
}
"""

DATA = """\
data {
  tokenizer = sentencepiece
  train     = text("corpus.txt")
}
"""

TRAIN = """\
train {
  on        = cpu
  steps     = 1000
  batch     = 64 sequences
  optimizer = adamw(lr = 1e-3)
}
"""

SMALL = f"{MODEL}\n{DATA}\n{TRAIN}"

PAIRS = """\
data {
  tokenizer = bytes
  train     = pairs("{source}-{target}.tsv")
  languages = [en, de, fr]
}
"""


def read(
    text: str, *sets: str, scenario: str | None = None, files: Mapping[str, str] | None = None
) -> tuple[Spec | None, Report]:
    """The spec of a text and what is said of it; `files` are those that it may extend."""
    known = {"our_h100.json": invented.text(), **(files or {})}

    def load(name: str) -> Source:
        if name not in known:
            raise FileNotFoundError(2, "no such file", name)
        return Source(name, known[name])

    tree, report = parse(Source("model.tfs", text))
    settings = [parse_setting(Source("--set", one)) for one in sets]
    assert report.ok and all(found.ok for _, found in settings), report
    given = [setting for setting, _ in settings if setting is not None]
    return resolve(tree, given, scenario, load)


def spec_of(
    text: str, *sets: str, scenario: str | None = None, files: Mapping[str, str] | None = None
) -> Spec:
    """The spec of a text that has one."""
    spec, report = read(text, *sets, scenario=scenario, files=files)
    assert spec is not None and report.ok, str(report)
    return spec


def said(
    text: str, *sets: str, scenario: str | None = None, files: Mapping[str, str] | None = None
) -> dict[str, Diagnostic]:
    """What is said of a text, by code; the last of each."""
    return {found.code: found for found in read(text, *sets, scenario=scenario, files=files)[1]}


def only(
    text: str, *sets: str, scenario: str | None = None, files: Mapping[str, str] | None = None
) -> Diagnostic:
    """The one thing that is said of a text."""
    report = read(text, *sets, scenario=scenario, files=files)[1]
    assert len(report) == 1, str(report)
    return report.diagnostics[0]


def model(line: str) -> str:
    """The model of `SMALL` with one more line, or another value for one that it has."""
    name = line.split("=")[0].strip()
    lines = [kept for kept in MODEL.splitlines() if kept.split("=")[0].strip() != name]
    return "\n".join([*lines[:-1], f"  {line}", "}\n"])
