"""The reference and the JSON Schema are made from the declarations, and the declarations are the design's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.spec.documents import document
from tests.spec.reading import SMALL, spec_of
from tfc.fields import Variant, settings_of, variants
from tfc.spec.blocks import BLOCKS, INNER
from tfc.spec.budget import CONDITIONS, METRICS
from tfc.spec.reference import reference
from tfc.spec.schema import schema

CASES = Path(__file__).parent / "cases"
FILES = {path.name: path.read_text(encoding="utf-8") for path in CASES.glob("*.tfs")}
PAGE = Path(__file__).parents[2] / "../shared/design/language.md"

WIDER = {"gives"}  # settings that the design lacks: docs/adr/0012

design = pytest.mark.skipif(not PAGE.is_file(), reason="the pages of the design are not here")


def names(text: str) -> set[str]:
    """The words in back-ticks, without brackets."""
    return {found[1] for found in re.finditer(r"`(\w+)[^`]*`", text)}


def section(title: str) -> str:
    text = PAGE.read_text(encoding="utf-8").partition("\n## Reference")[2]
    return text.partition(f"\n### {title}")[2].partition("\n### ")[0]


@design
@pytest.mark.parametrize(
    ("title", "blocks"),
    [
        ("`model NAME`", ["model"]),
        ("`data`", ["data"]),
        ("`train`", ["train", "distill"]),
        ("`deploy NAME`", ["deploy"]),
    ],
)
def test_the_settings_are_those_of_the_design(title: str, blocks: list[str]):
    rows = [row.split(" | ")[0] for row in section(title).splitlines() if row.startswith("| `")]
    wanted = names(" ".join(row for row in rows if "{" not in row))
    ours: set[str] = set()
    for kind in blocks:
        ours |= set(settings_of(BLOCKS[kind]))
        ours |= {name for inner in INNER[kind].values() for name in settings_of(inner)}
    assert ours - WIDER == wanted


@design
def test_what_others_call_a_setting_is_known():
    ours = {name for block in BLOCKS.values() for one in settings_of(block).values() for name in one.also}
    ours |= {
        name for inner in INNER["train"].values() for one in settings_of(inner).values() for name in one.also
    }
    for title in ("`model NAME`", "`data`", "`train`", "`deploy NAME`"):
        for row in section(title).splitlines():
            cells = row.replace(r"\|", "").strip("|").split(" | ")
            if row.startswith("| `") and len(cells) == 5:
                assert names(cells[4]) <= ours, cells[0]


SPOKEN = {
    "precision, train": "precision",
    "precision, deploy": "deploy_precision",
    "loss, train": "loss",
    "loss, distill": "distill_loss",
}
INSIDE = {"elastic", "smoothquant"}  # variants within a variant
PCIE = {"a100_pcie_40gb", "a100_pcie_80gb", "h100_pcie_80gb"}  # which the page tells how to name


@design
def test_the_variants_are_those_of_the_design():
    rows = [
        row.strip("| ").split(" | ", 1) for row in section("Variants").splitlines() if row.startswith("| ")
    ]
    for family, text in rows:
        if family in ("family", "---"):
            continue
        known = set(variants(SPOKEN.get(family, family.replace(" ", "_"))))
        assert known - {"none"} <= names(text) | PCIE, family
        assert set(re.findall(r"`(\w+)\(", text)) <= known | INSIDE, family


@design
def test_the_metrics_are_those_of_the_design():
    rows = [row.split(" | ")[0] for row in section("What").splitlines() if row.startswith("| `")]
    wanted = {name for row in rows for name in re.findall(r"`([\w.]+)`", row)}
    plain = {name for name in METRICS if name.rpartition(".")[2] not in ("mean", "p50", "p95", "p99")}
    assert plain == wanted
    conditions = section("What").partition("\nConditions:")[2]
    assert set(CONDITIONS) <= names(conditions)


def test_the_reference_has_every_name():
    text = reference()
    for kind, block in BLOCKS.items():
        assert f"## `{'distill STUDENT' if kind == 'distill' else kind}" in text
        assert all(f"| `{name}`" in text for name in settings_of(block))
    for family in Variant.registry:
        for name, one in variants(family).items():
            assert f"| `{name}` |" in text and one.__doc__, (family, name)
            assert all(setting.doc for setting in settings_of(one).values())
    assert all(f"`{name}`" in text for name in CONDITIONS)
    assert not re.search(r"\|  +\|  +\||<|None|Dimension", text.replace("<=", ""))


# ------------------------------------------------------------------------------------- JSON Schema


def wrong(value: Any, rule: dict[str, Any], root: dict[str, Any], place: str = "") -> str:
    """Where a value breaks a schema, as far as ours goes; empty if it does not."""
    if "$ref" in rule:
        target: Any = root
        for step in rule["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return wrong(value, target, root, place)
    if "anyOf" in rule:
        found = [wrong(value, option, root, place) for option in rule["anyOf"]]
        return "" if "" in found else max(found, key=len)
    if "const" in rule or "enum" in rule:
        return "" if value in rule.get("enum", [rule.get("const")]) else f"{place} = {value!r}"
    types = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": int | float,
    }
    if not isinstance(value, types[rule["type"]]) or (isinstance(value, bool) and rule["type"] != "boolean"):
        return f"{place} = {value!r} is no {rule['type']}"
    if isinstance(value, str) and not re.search(rule.get("pattern", ""), value):
        return f"{place} = {value!r} is not as {rule['pattern']}"
    if isinstance(value, int | float) and not rule.get("minimum", value) <= value <= rule.get(
        "maximum", value
    ):
        return f"{place} = {value!r} is out of range"
    if isinstance(value, list):
        found = [wrong(item, rule["items"], root, f"{place}[]") for item in value]
        return next(filter(None, found), "")
    if isinstance(value, dict):
        missing = set(rule.get("required", ())) - set(value)
        known = rule.get("properties", {})
        other = rule.get("additionalProperties", False)
        for key, item in value.items():
            if key not in known and other is False:
                return f"{place}.{key} is not known"
            if found := wrong(item, known.get(key, other), root, f"{place}.{key}"):
                return found
        return f"{place} lacks {missing}" if missing else ""
    return ""


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_spec_as_json_fits_the_schema(name: str):
    rules = json.loads(json.dumps(schema()))
    found = json.loads(json.dumps(document(spec_of(FILES[name], files=FILES))))
    assert wrong(found, rules, rules) == ""


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("model", "small", "layers"), 0),
        (("model", "small", "layers"), "many"),
        (("model", "small", "context"), "4 KiB"),
        (("model", "small", "norm"), "rmsnorm"),
        (("model", "small", "attention"), [{"sliding": {}}]),
        (("train", "stepz"), 3),
        (("train", "optimizer"), "adamw"),
    ],
)
def test_what_does_not_fit_the_schema(path: tuple[str, ...], value: Any):
    rules = schema()
    found = document(spec_of(SMALL))
    holder = found
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    assert wrong(json.loads(json.dumps(found)), rules, rules)
