"""Whatever is written, it gives a spec or says why not: no exception, and no minutes."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.reading import SMALL, read
from tfc.diagnostics.core import Source
from tfc.spec.resolve import resolve
from tfc.syntax.parse import parse, parse_setting

CASES = sorted((Path(__file__).parent / "cases").glob("*.tfs"))
TEXTS = [path.read_text(encoding="utf-8") for path in CASES] + [SMALL]
WORD = re.compile(r'"[^"\n]*"|[A-Za-z_]\w*(?:/[A-Za-z]+)?|\d[\d_.]*|<=|>=|=>|\.\.|\n|[^\sA-Za-z_0-9]')
POOL = sorted({word for text in TEXTS for word in WORD.findall(text)} | {"auto", "none", "0", "1e30", "true"})


def kind(word: str) -> str:
    """Words that may stand for one another without a fault of syntax."""
    return "word" if word[0].isalpha() else "number" if word[0].isdigit() else word[0]


def shuffled(dice: random.Random) -> str:
    """A spec in which some words are others of their kind, or gone, or stand elsewhere."""
    words = WORD.findall(dice.choice(TEXTS))
    for _ in range(dice.choice((1, 2, 5, 20))):
        place = dice.randrange(len(words))
        match dice.randrange(5):
            case 0:
                del words[place]
            case 1:
                words[place:place] = words[place : place + dice.randrange(30)]
            case _:
                words[place] = dice.choice([word for word in POOL if kind(word) == kind(words[place])])
    return " ".join(words).replace(" . ", ".").replace("\n ", "\n")


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_any_tree_gives_a_spec_or_says_why_not(seed: int):
    dice = random.Random(seed)
    tree, _ = parse(Source("model.tfs", shuffled(dice)))
    name = ".".join(dice.choices(("train", "model", "parallel", "encoder", "optimizer", "lr", "babel"), k=3))
    override, _ = parse_setting(Source("--set", f"{name} = {dice.choice(POOL)}"))

    def load(path: str) -> Source:
        return Source(path, dice.choice(TEXTS))

    scenario = dice.choice((None, "pilot", "documents"))
    spec, report = resolve(tree, [override] if override else [], scenario, load)
    assert (spec is None) == bool(report.errors)
    if spec is not None:
        assert len(spec.hash) == 64 and all(name and origin.span for name, _, origin in spec.fields())


LONG = 2000


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"let a{n} = a{n + 1}\n" for n in range(LONG))
        + f"let a{LONG} = 4\n"
        + SMALL.replace("= 4\n", "= a0\n", 1),
        "".join(f"let a{n} = a{n + 1} + a{n + 1}\n" for n in range(90))
        + "let a90 = 1\n"
        + SMALL.replace("= 4\n", "= a0\n", 1),
        "".join(f"let a{n} = a{n + 1} * a{n + 1}\n" for n in range(90))
        + "let a90 = 9\n"
        + SMALL.replace("= 4\n", "= a0\n", 1),
        "".join(f"model m{n} extends m{n + 1} {{ }}\n" for n in range(LONG)),
        "".join(f"model m{n} extends m{(n + 1) % LONG} {{ }}\n" for n in range(LONG)),
        "train {\n" + "".join(f"  a{n} = {n}\n" for n in range(LONG)) + "}\n",
        SMALL.replace("layers  = 4", "attention = [" + ", ".join(["900 x 900 x full"] * 50) + "]"),
        "".join(f"scenario s{n} extends s{n + 1} {{ }}\n" for n in range(LONG)) + SMALL,
    ],
    ids=["lets", "sums", "products", "parents", "circle", "names", "layers", "scenarios"],
)
def test_a_long_spec_is_no_trap(text: str):
    before = time.process_time()
    spec, report = read(text)
    assert (spec is None) == bool(report.errors)
    assert time.process_time() - before < 10
