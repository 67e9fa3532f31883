"""Specs and near-specs for the tests of the syntax: the examples and presets, and texts from the grammar itself."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark, UnexpectedInput

import tfc
from tfc import resources
from tfc.syntax.tables import load

ROOT = Path(tfc.__file__).parent
WELL = sorted([*ROOT.glob("spec/presets/*.tfs"), *ROOT.parent.glob("examples/*.tfs")])
GRAMMAR = resources.data("grammar").joinpath("tfs.lark").read_text(encoding="utf-8")

QUICK = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
FEW = settings(QUICK, max_examples=50)  # of those that take long to make


@cache
def lark() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start=["file", "override"])


def lark_accepts(text: str) -> bool:
    """Whether Lark's own parser takes a text for a spec."""
    try:
        lark().parse(text, start="file")
    except UnexpectedInput:
        return False
    return True


def specs() -> st.SearchStrategy[Any]:
    """Texts that the grammar produces; in some of them two words are run together."""
    words = st.from_regex(r"[a-z][a-z_]{0,6}", fullmatch=True).filter(
        lambda word: word not in load().keywords
    )
    return from_lark(
        Lark(GRAMMAR, parser="lalr", start="file"),
        start="file",
        explicit={
            "NAME": words,
            "NUMBER": st.from_regex(r"[1-9][0-9]{0,3}(\.[0-9]{1,2})?", fullmatch=True),
            "STRING": st.from_regex(r'"[a-z ./]{0,8}"', fullmatch=True),
            "RATE": st.sampled_from(["TB/s", "tokens/s"]),
            "COMMENT": words.map("# {}".format),
            "_NEWLINE": st.sampled_from(["\n", "\n\n\n", "\r\n", "\n  "]),
        },
    )


SIGNS = "={}[]()<>.,:;+-*/%\"'#\\\n\n  \t\r_aZx0159"


def near_specs() -> st.SearchStrategy[str]:
    """Well-formed specs with a few characters changed, put in, or taken out."""
    texts = [path.read_text(encoding="utf-8") for path in WELL]
    characters = st.sampled_from(SIGNS) | st.characters()
    change = st.tuples(st.floats(0, 1), st.integers(0, 12), st.text(characters, max_size=4))

    def changed(text: str, changes: list[tuple[float, int, str]]) -> str:
        for place, length, put in changes:
            at = int(place * len(text))
            text = text[:at] + put + text[at + length :]
        return text

    return st.builds(changed, st.sampled_from(texts), st.lists(change, min_size=1, max_size=5))


WORD = re.compile(r'"[^"\n]*"|[0-9][0-9_.e-]*|[A-Za-z_]\w*(?:/\w+)?|[<>=]=|\.\.|[^\s\w"]')
ODD = [
    "0",
    "1",
    "3",
    "-1",
    "0.5",
    "1e9",
    "1e29",
    "10%",
    "auto",
    "none",
    "true",
    "cpu",
    '""',
    "[]",
    "f(1)",
    "1..2",
    "2 x 3",
]


def other_specs() -> st.SearchStrategy[str]:
    """Specs of the right form that say something else: words swapped for others, lines left out or given twice."""
    texts = [path.read_text(encoding="utf-8") for path in WELL]
    words = sorted({*ODD, *(word for text in texts for word in WORD.findall(text))})
    swap = st.tuples(st.floats(0, 1), st.sampled_from(words))
    move = st.tuples(st.floats(0, 1), st.sampled_from(["drop", "twice"]))

    def changed(text: str, swaps: list[tuple[float, str]], moves: list[tuple[float, str]]) -> str:
        for place, word in swaps:
            found = list(WORD.finditer(text))
            one = found[int(place * (len(found) - 1))]
            text = text[: one.start()] + word + text[one.end() :]
        lines = text.split("\n")
        for place, what in moves:
            at = int(place * (len(lines) - 1))
            lines[at : at + 1] = [] if what == "drop" else [lines[at]] * 2
        return "\n".join([*lines, ""])

    several = st.lists(move, max_size=2)
    return st.builds(changed, st.sampled_from(texts), st.lists(swap, min_size=1, max_size=4), several)


def any_text() -> st.SearchStrategy[str]:
    """Texts of the signs of the language, and of any others."""
    return st.text(st.sampled_from(SIGNS), max_size=80) | st.text(max_size=40)
