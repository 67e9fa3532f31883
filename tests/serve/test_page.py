"""The page on serving: its commands are run, from a training to the end of the server."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from pathlib import Path

import pytest

from docs.make.console import Command, refreshed
from tests.docs.hurried import free_port, trained_little

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"
PORT = "8700"
NUMBER = "[^'\"]*"  # whatever a model writes that was trained for a few steps


@pytest.mark.slow
def test_the_page_on_serving_does_what_it_says(tmp_path: Path, update_golden: bool) -> None:
    ran: list[Command] = []

    def compare(written: Command, now: Command, measured: bool) -> None:
        ran.append(now)
        assert now.code == written.code, f"$ {now.words}\n{now.output}"

    page, port = PAGE.read_text(encoding="utf-8"), str(free_port())
    page = (page if update_golden else trained_little(page)).replace(PORT, port)
    try:
        found = refreshed(page, tmp_path, compare)
    finally:
        with contextlib.suppress(OSError):
            os.kill(int((tmp_path / "server.pid").read_text()), signal.SIGKILL)
    if update_golden:
        PAGE.write_text(found.replace(port, PORT), encoding="utf-8")
    said = "".join(command.output for command in ran)
    for sentence in (
        rf'\{{"translations":"{NUMBER}"\}}',
        rf"\['{NUMBER}', '{NUMBER}', '{NUMBER}'\]",
        rf'"data":\["{NUMBER}"\]',
        "text 2 of 2: the text is empty",
        "8 of 8 answers are those of the export",
        r'serve_requests_total\{outcome="refused"\} 3.0',
        "60 answers",
    ):
        assert re.search(sentence, said), (sentence, said)
