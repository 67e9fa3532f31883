"""The report as a page: whole by itself, well formed, the same each time, and true to the estimate."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import tfc
from tests.report.specs import OVERFULL
from tfc.report import page
from tfc.units import Dimension, say

EXAMPLES = Path(__file__).parents[2] / "examples"
VOID = {"meta", "input", "br", "hr", "link", "img"}


class Outline(HTMLParser):
    """What a page is made of: its tags nested as they must be, its attributes, its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.wrong: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> in {self.open[-3:]} at {self.getpos()}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    drafts = {name: tfc.load(EXAMPLES / f"{name}.tfs") for name in ("captions", "pretrain_8b")}
    drafts["overfull"] = tfc.load(OVERFULL, name="overfull.tfs")
    return {name: page(draft) for name, draft in drafts.items()}


@pytest.mark.parametrize("name", ("captions", "pretrain_8b", "overfull"))
def test_a_page_is_well_formed(pages: dict[str, str], name: str):
    found = Outline(pages[name])
    assert not found.wrong and not found.open
    ids = [value for _, attribute, value in found.attributes if attribute == "id"]
    assert len(ids) == len(set(ids)) > 20
    links = [value for tag, attribute, value in found.attributes if (tag, attribute) == ("a", "href")]
    assert links and all(link[0] == "#" and link[1:] in ids for link in links)


@pytest.mark.parametrize("name", ("captions", "pretrain_8b", "overfull"))
def test_a_page_asks_nothing_of_a_network(pages: dict[str, str], name: str):
    found = Outline(pages[name])
    assert not [one for one in found.attributes if one[1] in ("src", "srcset", "action", "data", "poster")]
    assert not re.search(r"https?://|@import|url\((?!#)", pages[name])
    assert "default-src 'none'" in pages[name]
    assert len(pages[name].encode()) < 300_000


def test_a_page_is_the_same_each_time(pages: dict[str, str]):
    assert page(tfc.load(OVERFULL, name="overfull.tfs")) == pages["overfull"]


def test_what_a_spec_says_is_never_markup():
    text = OVERFULL.replace("# A decoder", "# <script>alert(1)</script> & a decoder")
    found = page(tfc.load(text, name="<i>odd</i>.tfs"))
    assert "<script>alert" not in found and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; a decoder" in found
    assert "<i>odd</i>" not in found and "<b>kept</b>" not in found
    assert not Outline(found).wrong


def test_the_figures_are_those_of_the_estimate(pages: dict[str, str]):
    plan = tfc.load(EXAMPLES / "captions.tfs").plan()
    text = " ".join("".join(Outline(pages["captions"]).texts).split())
    for estimate in plan.estimates.values():
        assert f"{say(estimate.memory, Dimension.BYTES)} of {say(estimate.capacity, Dimension.BYTES)}" in text
        assert f"{say(estimate.memory, Dimension.BYTES)} at the peak" in text
        assert str(estimate.metric("step_time")) in text
    for serving in plan.servings.values():
        assert str(serving.metric("size")) in text


def test_what_does_not_fit_is_said_in_words_and_shown_with_its_cures(pages: dict[str, str]):
    text = unescape(re.sub(r"<[^>]*>", "", pages["overfull"]))
    assert "✗ does not fit" in text and "at most 36.0 GiB" in text
    fixes = [fix.title for found in tfc.load(OVERFULL).check() for fix in found.fixes]
    assert "error[TFS401]" in text and fixes and all(title in text for title in fixes)
    assert 'class="cell full"' in pages["overfull"] and "d0 ✗" in text


def test_every_line_of_the_spec_is_there_in_order(pages: dict[str, str]):
    rows = re.findall(r'<li id="line-0-(\d+)".*?<code>(.*?)</code>', pages["overfull"], re.DOTALL)
    lines = [unescape(re.sub(r"<[^>]*>", "", code)) for _, code in rows]
    assert lines == OVERFULL.rstrip("\n").split("\n")
    assert [int(number) for number, _ in rows] == list(range(1, len(lines) + 1))


def test_what_was_changed_on_the_way_is_said():
    draft = tfc.load(OVERFULL, name="overfull.tfs").set("train.recompute", "full")
    found = page(draft)
    assert "<code>train.recompute = full</code>" in found and "✓</b> fits" in found


def test_a_page_of_the_variants_that_were_asked_for():
    found = page(tfc.load(OVERFULL, name="overfull.tfs"), ["train.microbatch = [1, 2, 4, 8]"])
    assert "what was asked for" in found and "near what is written" not in found
    assert found.count("data-row=") == 2 * 4  # four rows, and their points


def test_nothing_to_price_is_no_page():
    with pytest.raises(tfc.SpecError, match="TFS301"):
        page(tfc.load(OVERFULL.replace("heads   = 16", "heads   = 15")))


def test_what_was_chosen_and_what_it_was_preferred_to_is_said():
    text = OVERFULL.replace("microbatch = 8 sequences", "microbatch = auto")
    draft = tfc.load(text.replace("= none", "= full"))
    (decision,) = draft.plan().decisions.values()
    text = unescape(re.sub(r"<[^>]*>", "", page(draft)))
    assert "In place of auto" in text and decision.why
    assert f"Next best: {decision.why.replace('`', '')}." in text
