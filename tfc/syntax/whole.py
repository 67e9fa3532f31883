"""A file that is wholly in another language: said once, instead of once a line."""

from __future__ import annotations

import json
import re

from tfc.diagnostics.core import Diagnostic, Label, Source

# Most of the lines are `name:` or `name: value` or `- value`, and no line has what only a spec has.
_YAML = re.compile(r"\s*(- +)?[\w.-]+:( .*)?$|\s*- .*$")
_OURS = re.compile(r"[{=]")
HELP = (
    "a setting is written `name = value`, a block `kind name { ... }`; `tfc new` prints a spec to begin with"
)


def in_another_language(source: Source) -> Diagnostic | None:
    """TFS001 for JSON and YAML; None for what may be a spec with faults."""
    name = "JSON" if _is_json(source.text) else "YAML" if _is_yaml(source.text) else ""
    if not name:
        return None
    start = len(source.text) - len(source.text.lstrip())
    end = source.text.find("\n", start)
    label = Label(source.span(start, end if end >= 0 else len(source.text)), f"is {name}")
    return Diagnostic("TFS001", f"`{source.path}` is in {name}, and not a spec", (label,), help=HELP)


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_yaml(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith(("#", "---"))]
    alike = [line for line in lines if _YAML.match(line.rstrip()) and not _OURS.search(line)]
    return len(lines) >= 3 and len(alike) >= 0.8 * len(lines) and not lines[0].startswith(" ")
