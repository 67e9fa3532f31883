"""What all tests share: golden files, which `pytest --update-golden` writes anew, and interrupts that arrive."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is expected instead of comparing it"
    )


def pytest_configure() -> None:
    # A shell starts what runs in the background with interrupts ignored, and children would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def golden(update_golden: bool) -> Callable[[Path, str], None]:
    """Compare a text with the file that holds what is expected, or write that file."""

    def compare(path: Path, text: str) -> None:
        if update_golden:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.is_file(), f"{path} is missing: run `pytest --update-golden`, and read what it wrote"
        assert text == path.read_text(encoding="utf-8"), (
            f"{path} differs: if this is meant, `pytest --update-golden`"
        )

    return compare
