"""Presets have about as many parameters as what they are called after."""

from __future__ import annotations

import pytest

from tests.spec.reading import spec_of
from tfc.graph.build import build
from tfc.spec import presets
from tfc.syntax.format import format_text

# Millions, and where they are published; the count of a checkpoint where that is known to the parameter.
PUBLISHED = {
    "transformer_base": (65, "Vaswani et al. 2017, table 3"),
    "transformer_big": (213, "Vaswani et al. 2017, table 3"),
    "marian_base": (
        298 / 4 - 0.52,
        "transformers, page on Marian: 298 MB on disk, in fp32, with its sinusoids",
    ),
    "m2m_418m": (
        615.07 - 131.17,
        "the checkpoint of nllb_600m, of the same shape, less 128 094 rows of its table",
    ),
    "nllb_600m": (615.07, "facebook/nllb-200-distilled-600M: 615 073 792 in its checkpoint"),
    "t5_small": (60.51, "google-t5/t5-small: 60 506 624 in its checkpoint"),
    "bart_base": (139.42, "facebook/bart-base: 139 420 416 in its checkpoint"),
    "bert_base": (110, "Devlin et al. 2018, section 3"),
    "llama3_1b": (1235.81, "meta-llama/Llama-3.2-1B: 1 235 814 400 in its checkpoint"),
    "llama3_8b": (8030.26, "meta-llama/Meta-Llama-3-8B: 8 030 261 248 in its checkpoint"),
}
# The base model's figure is of a vocabulary that the paper gives as "about 37000" only.
WITHIN = {"transformer_base": 0.03, "transformer_big": 0.01, "marian_base": 0.01, "bert_base": 0.012}


def millions(name: str) -> float:
    """Parameters of a preset, rows that no token uses aside."""
    model = spec_of(f"model m extends {name} {{ }}").models["m"]
    tables = 1 if model.tied else len(model.sides) + 1
    return (build(model).parameters - model.padding * model.width * tables) / 1e6


@pytest.mark.parametrize("name", presets.NAMES)
def test_parameters(name: str):
    published, source = PUBLISHED[name]
    assert millions(name) == pytest.approx(published, rel=WITHIN.get(name, 0.001)), source


@pytest.mark.parametrize("name", presets.NAMES)
def test_a_preset_is_laid_out_and_says_what_it_is(name: str):
    source = presets.source(name)
    assert format_text(source) == source.text
    assert presets.about(name) and not presets.about(name).startswith("#")


def test_there_is_no_other():
    with pytest.raises(KeyError):
        presets.source("../presets")
