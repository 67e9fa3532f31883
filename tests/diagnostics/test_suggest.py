"""A near name is offered where it is near enough to be a slip."""

from __future__ import annotations

import re

import pytest

from tfc.diagnostics.codes import CODES, STAGES
from tfc.diagnostics.suggest import nearest

NAMES = [
    "width",
    "heads",
    "kv_heads",
    "head_width",
    "layers",
    "hidden",
    "tokens",
    "token",
    "optimizer",
    "rms",
    "ffn",
]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("widht", "width"),
        ("hiden", "hidden"),
        ("optimiser", "optimizer"),
        ("Layers", "layers"),
        ("kvheads", "kv_heads"),
        ("kv-heads", "kv_heads"),
        ("tokns", "tokens"),
        ("ffm", "ffn"),
        ("depth", None),
        ("q", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_what_was_meant(name, meant):
    assert nearest(name, NAMES) == meant


def test_among_nothing_nothing_is_near():
    assert nearest("width", []) is None


def test_every_code_has_a_stage_and_a_title():
    for name, code in CODES.items():
        assert re.fullmatch(r"TFS\d{3}", name) and code.name == name
        assert code.stage in STAGES.values() and code.title and not code.title.endswith(".")
