"""Pages whose commands are run: a fence `console` holds `$ commands` and what they answer.

    ```tfs roman.tfs            the block is written to that file first
    ```console                  commands, and exactly what they print
    ```console measured         the same, but times differ from run to run: only the exit codes are compared

`refreshed` runs a page in an empty folder and gives it with the answers of today; the tests compare the two.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<kind>\w+) ?(?P<word>[\w.]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One line after `$`, what it printed, and its exit code where that is not 0 (`# exit code 1` after it)."""

    words: str
    output: str
    code: int = 0

    @property
    def text(self) -> str:
        return f"$ {self.words}\n{self.output}"


def commands(body: str) -> Iterator[Command]:
    """The commands of a `console` block; a line that ends with a backslash goes on."""
    for piece in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        lines = piece.split("\n")
        count = next(i for i, line in enumerate(lines, 1) if not line.endswith("\\"))
        words = "\n".join(lines[:count])
        expected = re.search(r"# exit code (\d+)$", words)
        yield Command(words, "\n".join(lines[count:]), int(expected[1]) if expected else 0)


def run(command: Command, folder: Path) -> Command:
    """The same command with what it prints in `folder` now: both streams, as a terminal shows them."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {
        **os.environ,
        "PATH": path,
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PYTHONIOENCODING": "utf-8",
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait starve one another on a busy machine
    }
    done = subprocess.run(
        ["bash", "-c", command.words],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=900,
    )
    output = done.stdout.decode().replace("\r\n", "\n").replace(f"{folder}/", "")
    output = "\n".join(line.rsplit("\r", 1)[-1].rstrip() for line in output.split("\n"))
    return Command(
        command.words, output if not output or output.endswith("\n") else f"{output}\n", done.returncode
    )


def refreshed(
    page: str,
    folder: Path,
    seen: Callable[[Command, Command, bool], None] | None = None,
    measure: bool = True,
) -> str:
    """The page with what its commands print now, those of `measured` blocks only if `measure`.

    `seen` is told of each command: as written, as run, and whether its output varies.
    """

    def block(found: re.Match[str]) -> str:
        kind, word, body = found["kind"], found["word"], found["body"]
        if kind != "console":
            if "." in word:
                (folder / word).write_text(body, encoding="utf-8")
            return found[0]
        if word == "measured" and not measure:
            return found[0]
        texts = []
        for written in commands(body):
            ran = run(written, folder)
            if seen is not None:
                seen(written, ran, word == "measured")
            texts.append(ran.text)
        return f"```{kind}{f' {word}' if word else ''}\n{''.join(texts)}```"

    return FENCE.sub(block, page)
