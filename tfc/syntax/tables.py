"""The parse tables of `grammar/tfs.lark`: made by Lark once, then read from the user's cache.

Lark needs a quarter of a second for them, and a fifth of that to be imported at all. What a parser needs of
them is a few dozen KB of JSON: with that at hand, reading a spec never imports Lark.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tfc import resources

FORMAT = 1  # of what is cached; raised when `_make` changes
END = "$END"


@dataclass(frozen=True)
class Rule:
    """A production: what is made of its `length` symbols follows from `name`, its alias or else its origin."""

    name: str
    origin: str
    length: int


@dataclass(frozen=True)
class Tables:
    """An LALR(1) automaton and its terminals.

    `actions[state][terminal]` is the state to shift to if it is 0 or more, and `~rule` if a rule is to be
    reduced.
    """

    actions: list[dict[str, int]]
    gotos: list[dict[str, int]]
    rules: list[Rule]
    starts: dict[str, int]
    ends: dict[str, int]  # the state in which a start symbol has been read
    pattern: str  # of any one token, a named group for each kind
    keywords: dict[str, str]  # the terminal of each reserved word
    spelling: dict[str, str]  # what is written for a terminal that is a fixed text


@cache
def load() -> Tables:
    """The tables, from the cache if it holds those of this very grammar."""
    grammar = resources.data("grammar").joinpath("tfs.lark").read_text(encoding="utf-8")
    path = _folder() / f"grammar-{zlib.crc32(grammar.encode()):08x}.json"
    found = _read(path, grammar)
    if found is None:
        found = {"format": FORMAT, "grammar": grammar, "tables": _make(grammar)}
        _write(path, found)
    tables = found["tables"]
    return Tables(**{**tables, "rules": [Rule(*rule) for rule in tables["rules"]]})


def _folder() -> Path:
    """Where the user's operating system wants what can be made again."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or os.path.expanduser("~/.cache")) / "tfc"


def _read(path: Path, grammar: str) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    fits = isinstance(found, dict) and (found.get("format"), found.get("grammar")) == (FORMAT, grammar)
    return found if fits else None


def _write(path: Path, found: dict[str, Any]) -> None:
    """Keep the tables; where nothing can be written, the next start makes them again."""
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(found), encoding="utf-8")
        beside.replace(path)
    except OSError:
        return


def _make(grammar: str) -> dict[str, Any]:
    """What Lark makes of the grammar, as JSON can hold it."""
    from lark import Lark
    from lark.grammar import Rule as LarkRule
    from lark.lexer import TerminalDef

    starts = ["file", "override"]
    lark = Lark(grammar, parser="lalr", start=starts, maybe_placeholders=False)
    data, memo = lark.memo_serialize([TerminalDef, LarkRule])
    table = data["parser"]["parser"]
    symbols = table["tokens"]
    known = [entry for entry in memo.values() if entry["__type__"] == "Rule"]
    number = {key: known.index(entry) for key, entry in memo.items() if entry["__type__"] == "Rule"}
    states = {state: index for index, state in enumerate(table["states"])}
    actions: list[dict[str, int]] = [{} for _ in states]
    gotos: list[dict[str, int]] = [{} for _ in states]
    origins = [rule["origin"]["name"] for rule in known]
    for state, row in table["states"].items():
        for symbol, (reduces, argument) in row.items():
            name = symbols[symbol]
            into = gotos if name in origins else actions
            into[states[state]][name] = ~number[argument["@"]] if reduces else states[argument]
    return {
        "actions": actions,
        "gotos": gotos,
        "rules": [
            (rule["alias"] or origin, origin, len(rule["expansion"]))
            for rule, origin in zip(known, origins, strict=True)
        ],
        "starts": {start: states[table["start_states"][start]] for start in starts},
        "ends": {start: states[table["end_states"][start]] for start in starts},
        **_terminals([entry for entry in memo.values() if entry["__type__"] == "TerminalDef"]),
    }


def _terminals(found: list[dict[str, Any]]) -> dict[str, Any]:
    """One pattern for all tokens, in the order in which Lark tries them, and the words that are no names."""
    import re

    name = next(entry for entry in found if entry["name"] == "NAME")["pattern"]["value"]
    fixed = {e["name"]: e["pattern"]["value"] for e in found if e["pattern"]["__type__"] == "PatternStr"}
    keywords = {text: terminal for terminal, text in fixed.items() if re.fullmatch(name, text)}
    rest = [entry for entry in found if fixed.get(entry["name"]) not in keywords]
    rest.sort(key=lambda e: (-e["priority"], -_longest(e), -len(e["pattern"]["value"]), e["name"]))
    patterns = {entry["name"]: entry["pattern"]["value"] for entry in rest}
    patterns |= {terminal: re.escape(text) for terminal, text in fixed.items() if terminal in patterns}
    return {
        "pattern": "|".join(f"(?P<{terminal}>{pattern})" for terminal, pattern in patterns.items()),
        "keywords": keywords,
        "spelling": fixed,
    }


def _longest(entry: dict[str, Any]) -> int:
    """The most characters that a terminal may have."""
    pattern = entry["pattern"]
    return len(pattern["value"]) if pattern["__type__"] == "PatternStr" else pattern["_width"][1]
