"""Pages whose commands are run, in a hurry: models are trained for a few steps, and servers take a free port.

What a page shows of trained models is what they wrote when it was recorded: `make docs`, or `pytest --update-golden`.
"""

from __future__ import annotations

import re
import socket

STEPS = 12
SPEC = re.compile(r"^```tfs .*?^```$", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"^(\s+steps\s+= )\d+$", re.MULTILINE)
WARMUP = re.compile(r"warmup = \d+ steps")


def trained_little(page: str) -> str:
    """The page, each model of its specs trained for a few steps."""

    def spec(found: re.Match[str]) -> str:
        few = SETTING.sub(rf"\g<1>{STEPS}", found[0])
        assert few != found[0], "a spec that trains nothing"
        return WARMUP.sub("warmup = 2 steps", few)

    return SPEC.sub(spec, page)


def free_port() -> int:
    """A port that nobody listens on, whatever other tests and checkouts do."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
