"""Published models that every spec may extend: a `.tfs` file each, beside this one."""

from __future__ import annotations

import pkgutil

from tfc.diagnostics.core import Source
from tfc.syntax import tree as syntax
from tfc.syntax.parse import parse

NAMES = (
    "transformer_base",
    "transformer_big",
    "marian_base",
    "m2m_418m",
    "nllb_600m",
    "t5_small",
    "bart_base",
    "bert_base",
    "llama3_1b",
    "llama3_8b",
)


def source(name: str) -> Source:
    """The text of a preset; raises `KeyError` for a name that is none."""
    if name not in NAMES:
        raise KeyError(name)
    text = pkgutil.get_data(__name__, f"{name}.tfs")
    assert text is not None, f"this installation lacks the preset {name}"
    return Source(f"preset {name}", text.decode())


def about(name: str) -> str:
    """What a preset is, in one line: its first comment."""
    return source(name).line(1).removeprefix("#").strip()


def tree(name: str) -> syntax.File:
    """A preset as a tree."""
    found, report = parse(source(name))
    report.raise_errors()
    return found
