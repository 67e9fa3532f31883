"""The style sheet: contrast as WCAG 2.2 asks for, and colours that eyes of every kind tell apart."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tfc.report.groups import MEMORY, OUTSIDE
from tfc.resources import data

CSS = data("templates").joinpath("report", "page.css").read_text(encoding="utf-8")
SHADES = ("light", "dark")
TEXTS = ("ink", "soft", "accent", "good", "warn", "bad", "s-comment", "s-text", "s-number", "s-word")
FILLS = tuple(group.style for group in (OUTSIDE, *MEMORY))

# What is seen by eyes without one kind of cone, in linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.
DEFICIENCIES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def palette(shade: str) -> dict[str, tuple[float, float, float]]:
    """The colours of a theme, as linear RGB."""
    block = re.search(
        r":root \{(.*?)\}" if shade == "light" else r':root\[data-theme="dark"\] \{(.*?)\}', CSS, re.S
    )
    assert block
    found = re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1])
    return {name: linear(value) for name, value in found}


def linear(text: str) -> tuple[float, float, float]:
    values = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    r, g, b = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values)
    return r, g, b


def luminance(colour: tuple[float, float, float]) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """CIELAB, of daylight."""
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.9505, 1.0, 1.089)
    xyz = [
        sum(a * b for a, b in zip(row, colour, strict=True)) / w for row, w in zip(rows, white, strict=True)
    ]
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one: tuple[float, float, float], other: tuple[float, float, float], matrix: tuple) -> float:
    """The distance of two colours as they are seen: 2.3 is just noticeable."""
    seen = [
        lab(tuple(max(0.0, sum(a * b for a, b in zip(row, colour, strict=True))) for row in matrix))  # type: ignore[arg-type]
        for colour in (one, other)
    ]
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


def test_the_two_ways_to_a_dark_page_are_one():
    blocks = re.findall(r"color-scheme: dark;(.*?)\}", CSS, re.S)
    assert len(blocks) == 2 and len({" ".join(block.split()) for block in blocks}) == 1
    assert set(palette("light")) == set(palette("dark"))


@pytest.mark.parametrize("shade", SHADES)
@pytest.mark.parametrize("text", TEXTS)
def test_texts_can_be_read(shade: str, text: str):
    found = palette(shade)
    for ground in ("paper", "card", "sunk"):
        assert contrast(found[text], found[ground]) >= 4.5, f"{text} on {ground}"


@pytest.mark.parametrize("shade", SHADES)
@pytest.mark.parametrize("word", ("good", "warn", "bad"))
def test_verdicts_can_be_read(shade: str, word: str):
    found = palette(shade)
    assert contrast(found[word], found[f"{word}-tint"]) >= 4.5


@pytest.mark.parametrize("shade", SHADES)
@pytest.mark.parametrize("fill", FILLS)
def test_fills_stand_out_and_carry_their_names(shade: str, fill: str):
    found = palette(shade)
    assert contrast(found[fill], found["card"]) >= 3
    assert contrast(found[fill], found["on-fill"]) >= 4.5


@pytest.mark.parametrize("shade", SHADES)
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_neighbouring_bands_are_told_apart_by_every_eye(shade: str, eyes: str):
    found = palette(shade)
    for one, other in pairwise(FILLS):
        distance = apart(found[one], found[other], DEFICIENCIES[eyes])
        assert distance >= 10, f"{one} and {other}: {distance:.1f}"


def test_every_group_has_its_colour_in_the_sheet():
    for style in FILLS:
        assert re.search(
            rf"\.f-{style} \{{ background: .*var\(--{style}\); fill: var\(--{style}\); \}}", CSS
        ), style
