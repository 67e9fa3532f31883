"""Child processes of a run: tfc starts generated scripts, and needs nothing of what they need."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

PASSED = (signal.SIGINT, signal.SIGTERM)
STOPPED = tuple(128 + number for number in PASSED)  # how a script ends that was asked to stop


class Stopped(Exception):
    """A child ended because it, or tfc, was asked to stop; what it had done is saved."""


class Failed(Exception):
    """A child ended with an error, which it has told itself."""

    def __init__(self, command: Sequence[str], code: int) -> None:
        how = f"ended with {code}" if code > 0 else f"was killed by {signal.Signals(-code).name}"
        why = ": there may not have been memory enough" if code == -signal.SIGKILL else ""
        super().__init__(f"`{' '.join(command)}` {how}{why}")
        self.code = code


def start(
    command: Sequence[str], folder: Path, more: Mapping[str, str] | None = None, talk: bool = False
) -> None:
    """Run a command to its end in `folder`, `more` being further environment; its words go where ours go.

    With `talk` what it prints goes to standard error, since the answer is not its own. A signal to stop is passed on,
    and the child is given the time that it needs to save. Raises `Stopped` if one came, and `Failed` if the child ended
    with an error.
    """
    code, came = _run(command, folder, more, 2 if talk else None)
    if came or code in STOPPED:
        raise Stopped
    if code:
        raise Failed(command, code)


def serve(command: Sequence[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
    """Run a server until it is asked to stop: raises `Stopped` if it then ended well, `Failed` if it did not."""
    code, came = _run(command, folder, more)
    asked = {0, *STOPPED, *(-number for number in PASSED)}
    if code not in (asked if came else {0}):
        raise Failed(command, code)
    if came:
        raise Stopped


def _run(
    command: Sequence[str], folder: Path, more: Mapping[str, str] | None, out: int | None = None
) -> tuple[int, list[int]]:
    """How a child ended, and the signals to stop that came meanwhile."""
    # In a session of its own: the terminal would send Ctrl-C to it and to us, and it would come twice.
    child = subprocess.Popen(
        list(command), cwd=folder, env=_environment(more or {}), stdout=out, start_new_session=True
    )
    with _passing_on(child) as came:
        return child.wait(), came


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Ours and more, and what the child prints appears at once, also in a file."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **more}


@contextmanager
def _passing_on(child: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Send the signals of `PASSED` on to the child; the list holds those that came."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came  # where Python allows no handlers, as in a notebook's executor
        return

    def pass_on(number: int, _: object) -> None:
        came.append(number)
        # It may have ended just now, and `poll` not know of it: the lock is held by the `wait` that we interrupt.
        with suppress(ProcessLookupError):
            if child.poll() is None:
                os.killpg(child.pid, number)

    before = {number: signal.signal(number, pass_on) for number in PASSED}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
