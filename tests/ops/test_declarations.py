"""Every variant says what it is, and each of its settings what it means."""

from __future__ import annotations

import pytest

from tests.ops.matrix import OPS
from tfc.fields import MISSING, settings_of, variants

ALL = [
    pytest.param(variant, id=f"{family} {name}")
    for family in OPS
    for name, variant in variants(family).items()
]
# The reference of the language: the variants of each family, and their settings in order.
REFERENCE = {
    "attention": {
        "full": [],
        "sliding": ["window"],
        "bigbird": ["window", "global", "random", "block"],
        "longformer": ["window", "global"],
        "performer": ["features"],
    },
    "ffn": {"gelu": ["hidden"], "relu": ["hidden"], "swiglu": ["hidden"], "geglu": ["hidden"]},
    "norm": {"layer": ["eps", "place"], "rms": ["eps", "place"]},
    "position": {
        "rope": ["theta"],
        "learned": [],
        "sinusoidal": [],
        "relative": ["buckets", "distance"],
        "none": [],
    },
    "adapter": {"none": [], "bottleneck": ["rank", "per"], "lora": ["rank", "alpha", "on", "per"]},
}


@pytest.mark.parametrize("variant", ALL)
def test_a_variant_and_its_settings_are_documented(variant: type) -> None:
    doc = variant.__doc__ or ""
    assert doc.strip().endswith("."), "a docstring of its own, of whole sentences"
    assert variant.__doc__ is not variant.__mro__[1].__doc__
    for name, setting in settings_of(variant).items():
        assert setting.doc and not setting.doc.endswith("."), name
        assert setting.doc[0].islower() or setting.doc.startswith("`"), name


def test_the_families_have_the_variants_of_the_reference() -> None:
    found = {
        family: {name: list(settings_of(variant)) for name, variant in variants(family).items()}
        for family in OPS
    }
    assert {family: dict(sorted(kinds.items())) for family, kinds in found.items()} == {
        family: dict(sorted(kinds.items())) for family, kinds in REFERENCE.items()
    }


def test_what_must_be_given_is_what_the_reference_marks() -> None:
    required = {
        (family, name, setting.name)
        for family in OPS
        for name, variant in variants(family).items()
        for setting in settings_of(variant).values()
        if setting.default is MISSING
    }
    assert required == {
        ("attention", "sliding", "window"),
        ("attention", "bigbird", "window"),
        ("attention", "longformer", "window"),
        ("adapter", "bottleneck", "rank"),
        ("adapter", "lora", "rank"),
    }


@pytest.mark.parametrize(("width", "hidden"), [(4096, 11_008), (512, 1536), (192, 512), (1024, 2816)])
def test_a_gated_layer_is_as_large_as_a_plain_one(width: int, hidden: int) -> None:
    """8 / 3 * width, up to a multiple of 256: for 4096 the width of Llama 2 7B."""
    from tests.ops.models import op

    assert op("ffn", "swiglu", width).hidden == op("ffn", "geglu", width).hidden == hidden
    assert op("ffn", "gelu", width).hidden == 4 * width
