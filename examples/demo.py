"""The end of the demonstration: asks the server, then tables of what came of one page.

    python examples/demo.py build/demo

asks the server of quickstart.tfs every phrase that was held out, one after the other, and reads what a run of that spec
has left in its folder: scores, logs, sizes and predictions.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table
from sacrebleu.metrics import CHRF

from tfc.units import Dimension, say

HERE = Path(__file__).parent
TEACHER, STUDENT, DEPLOY = "phrases", "phrases_small", "translate"
LANGUAGES = ("de", "fr", "ru", "ja")
PATIENCE = 60  # seconds that a server may take to be ready
SHOWN = 3  # phrases of each language
WARM_UP = 2  # lines of a log in which memory is still being taken


def main(folder: Path) -> None:
    runs, console = folder / "runs", Console()
    plan = json.loads((folder / "plan.json").read_text())
    server = Server(plan["settings"][f"deploy.{DEPLOY}.server.port"]["value"])
    console.print()
    answers = {language: server.ask_all(language) for language in LANGUAGES}
    for language, asked in answers.items():
        for source, answer, _, _ in asked[:SHOWN]:
            console.print(f"  {language}  {source:<50} {answer}", highlight=False, soft_wrap=True)
    console.print()
    console.print(quality(runs, answers))
    console.print()
    console.print(
        speed([seconds for asked in answers.values() for *_, seconds in asked]),
        highlight=False,
        soft_wrap=True,
    )
    console.print()
    console.print(predictions(plan["predicted"], runs))


class Server:
    """The server that `tfc run` has started, as a client sees it."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        end = time.monotonic() + PATIENCE
        while not self.ready():
            if time.monotonic() > end:
                sys.exit(f"no server is ready on port {port} after {PATIENCE} s")
            time.sleep(0.2)

    def ready(self) -> bool:
        try:
            self.connection.request("GET", "/readyz")
            answer = self.connection.getresponse()
            answer.read()
            return answer.status == 200
        except OSError:
            self.connection.close()
            return False

    def ask(self, text: str, target: str) -> str:
        body = json.dumps({"text": text, "target": target})
        self.connection.request("POST", "/translate", body, {"content-type": "application/json"})
        answer = self.connection.getresponse()
        found = json.loads(answer.read())
        if answer.status != 200:
            sys.exit(f"the server answers {answer.status}: {found}")
        return found["translations"]

    def ask_all(self, language: str) -> list[tuple[str, str, str, float]]:
        """Each held-out phrase, its translation, what was expected, and the seconds that it took."""
        asked = []
        for line in (HERE / "phrases" / f"test.en-{language}.tsv").read_text(encoding="utf-8").splitlines():
            source, expected = line.split("\t")[:2]
            began = time.perf_counter()
            answer = self.ask(source, language)
            asked.append((source, answer, expected, time.perf_counter() - began))
        return asked


def quality(runs: Path, answers: dict[str, list[tuple[str, str, str, float]]]) -> Table:
    """What phrases that were held out score at each stage, and the bytes of its files."""
    deploy = runs / "deploys" / DEPLOY
    stages = (
        ("teacher", runs / "models" / TEACHER, "train", "weights.safetensors"),
        ("student", runs / "models" / STUDENT, "distill", "weights.safetensors"),
        ("student, INT8", deploy, "export", "*.onnx"),
    )
    table = Table(title="Phrases that were held out", title_justify="left")
    table.add_column("")
    for name in ("exact", "chrF", "chrF, worst language", "size"):
        table.add_column(name, justify="right")
    for name, folder, stage, files in stages:
        found = json.loads((folder / "scores.json").read_text())[stage]["test"]["directions"]
        size = sum(path.stat().st_size for path in folder.glob(files))
        table.add_row(name, *said(list(found.values())), say(size, Dimension.BYTES))
    table.add_section()
    table.add_row("as the server answers", *said([compared(asked) for asked in answers.values()]), "")
    return table


def compared(asked: list[tuple[str, str, str, float]]) -> dict[str, float]:
    """What answers score."""
    exact = sum(answer == expected for _, answer, expected, _ in asked) / len(asked)
    chrf = CHRF().corpus_score([answer for _, answer, _, _ in asked], [[one[2] for one in asked]]).score
    return {"exact": exact, "chrf": chrf}


def said(rows: list[dict[str, Any]]) -> tuple[str, str, str]:
    """The means over languages, and the worst of them."""
    exact, chrf = ([row[name] for row in rows] for name in ("exact", "chrf"))
    return f"{sum(exact) / len(rows):.1%}", f"{sum(chrf) / len(rows):.2f}", f"{min(chrf):.2f}"


def speed(seconds: list[float]) -> str:
    """How long the server took, for one phrase after the other."""
    cuts = quantiles(seconds, n=100)
    shares = (f"{say(cuts[share - 1], Dimension.TIME)} (p{share})" for share in (50, 95, 99))
    return f"{len(seconds)} requests, one after the other, over HTTP: {', '.join(shares)}"


def predictions(predicted: dict[str, Any], runs: Path) -> Table:
    """Memory and time, as predicted before anything ran and as measured."""
    table = Table(title="Predicted and measured", title_justify="left")
    table.add_column("")
    for name in ("predicted", "between", "measured", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, dimension, figure, value in measured(predicted, runs):
        between = f"{say(figure['low'], dimension)} .. {say(figure['high'], dimension)}"
        ratio = f"{value / figure['value']:.2f}"
        table.add_row(name, say(figure["value"], dimension), between, say(value, dimension), ratio)
    return table


def measured(
    predicted: dict[str, Any], runs: Path
) -> Iterator[tuple[str, Dimension, dict[str, float], float]]:
    """What was measured of each stage, after what was predicted of it."""
    for name, block, model in (
        ("train", "train", TEACHER),
        ("distil", f"distill.{STUDENT}", STUDENT),
    ):
        log = (runs / "models" / model / "log.jsonl").read_text().splitlines()
        steps = [line for line in map(json.loads, log) if "step_seconds" in line]
        memory = max(line["memory"] for line in steps)
        yield f"{name}: memory", Dimension.BYTES, predicted[block]["memory"], memory
        step = median(line["step_seconds"] for line in steps[WARM_UP:])
        yield f"{name}: step", Dimension.TIME, predicted[block]["step_time"], step
    found = json.loads((runs / "deploys" / DEPLOY / "measured.json").read_text())
    figures = predicted[f"deploy.{DEPLOY}"]
    yield "serve: memory", Dimension.BYTES, figures["memory"], found["memory"]
    yield "serve: size", Dimension.BYTES, figures["size"], found["sizes"]["total"]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
