"""A generated folder whose scripts only pretend: each notes that it was started, and leaves its files."""

from __future__ import annotations

import json
from pathlib import Path

import tfc
from tfc.run.run import run
from tfc.verify.verify import Verified, verify

SPEC = """\
edition = 1

model big {
  family  = encoder_decoder
  layers  = 2
  width   = 32
  heads   = 2
  context = 40 tokens
  vocab   = 72
}

model small extends big { layers = 1 }

data {
  tokenizer = sentencepiece
  train     = pairs("train.{source}-{target}.tsv")
  dev       = pairs("dev.{source}-{target}.tsv")
  sources   = [en]
  targets   = [de, fr]
  languages = [en, de, fr]
}

train {
  model     = big
  on        = cpu
  steps     = 40
  batch     = 32 sequences
  optimizer = adamw(lr = 1e-2)
}

distill small from big {
  on    = cpu
  steps = 40
  batch = 32 sequences
}

deploy api {
  model     = small
  target    = onnxruntime(on = cpu)
  precision = int8
}
"""

HEAD = """\
import json, pathlib, sys
words = sys.argv[1:]
runs = pathlib.Path(words[words.index("--runs") + 1])
def put(place, text):
    (runs / place).parent.mkdir(parents=True, exist_ok=True)
    (runs / place).write_text(text)
def note(*said):
    with open("started", "a") as log:
        log.write(" ".join(said) + "\\n")
"""
LOG = {"step_seconds": 0.05, "memory": 2**28, "tokens_per_second": 3e4}
TIMED = {
    "p50": 0.010,
    "p95": 0.012,
    "p99": 0.014,
    "first_token": 0.003,
    "token": 0.0002,
    "throughput": 5000.0,
}
LEARN = """
note({script!r}, *words[: words.index("--data")], *[word for word in words if word == "--fresh"])
put("models/{model}/weights.safetensors", {model!r} + pathlib.Path("seed").read_text())
put("models/{model}/model.json", "{{}}")
put("models/{model}/log.jsonl", pathlib.Path("log").read_text())
"""
EVALUATE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("model", nargs="?")
for name in ("deploy", "data", "runs", "split", "beam", "length-penalty", "program"):
    parser.add_argument(f"--{name}")
asked = parser.parse_args()
note("evaluate", *words[: words.index("--data")])
table = json.loads(pathlib.Path("scores").read_text())
decoding = table["decoding"].get(asked.deploy or asked.model, "greedy")
split, chosen = asked.split or "dev", decoding
if asked.beam:
    chosen = "greedy" if asked.beam == "1" else f"beam {asked.beam}, length penalty {asked.length_penalty}"
    split += "" if chosen == decoding else f", {chosen}"
who = asked.deploy or asked.model
rows = {name: {"bleu": bleu} for name, bleu in table[who].items()}
place = runs / ("deploys" if asked.deploy else "models") / who / "scores.json"
stage = "export" if asked.deploy else "distill" if who == "small" else "train"
known = json.loads(place.read_text()) if place.exists() else {}
known.setdefault(stage, {})[split] = {"decoding": chosen, "directions": rows}
place.write_text(json.dumps(known))
"""
EXPORT = """
note("export", words[0])
weights = (runs / "models" / "small" / "weights.safetensors").read_text()
for name in ("encoder.onnx", "decoder.onnx", "engine.json"):
    text = json.dumps({"sizes": {"decoder.onnx": 2**20}}) if name == "engine.json" else weights
    put(f"deploys/{words[0]}/{name}", text)
"""
BUILD = """
note("build", words[0])
place = runs / "deploys" / words[0] / "engine.json"
facts = json.loads(place.read_text()) | {"engines": [{"file": "encoder-l4.engine"}, {"file": "decoder-l4.engine"}]}
for engine in facts["engines"]:
    put(f"deploys/{words[0]}/{engine['file']}", "")
place.write_text(json.dumps(facts))
"""
MEASURE = """
note("measure", words[0])
shapes = [tuple(map(int, word.split("x"))) for word in words[2 : words.index("--runs")]]
found = json.loads(pathlib.Path("timings").read_text())
rows = [{"batch": b, "input": i, "output": o, "runs": 20, **found} for b, i, o in shapes]
sizes = {"decoder.onnx": 2**20, "total": 2**20}
text = json.dumps({"device": "cpu", "cores": 2, "sizes": sizes, "memory": 200 * 2**20, "latency": rows})
put(f"deploys/{words[0]}/measured.json", text)
"""
SERVE = """
note("serve", words[0])
"""
SCRIPTS = {
    "train.py": LEARN.format(script="train", model="big"),
    "distill.py": LEARN.format(script="distill", model="small"),
    "evaluate.py": EVALUATE,
    "export.py": EXPORT,
    "build_engine.py": BUILD,
    "measure.py": MEASURE,
    "serve.py": SERVE,
}


class Pretended:
    """A spec, its data, and a generated folder with these scripts."""

    def __init__(self, folder: Path) -> None:
        self.data, self.folder, self.told = folder, folder / "build", []
        self.folder.mkdir()
        for split in ("train", "dev"):
            for target in ("de", "fr"):
                (folder / f"{split}.en-{target}.tsv").write_text("a\tb\n")
        for name, text in SCRIPTS.items():
            (self.folder / name).write_text(HEAD + text)
        (self.folder / "seed").write_text("0")
        (self.folder / "timings").write_text(json.dumps(TIMED))
        log = "".join(json.dumps({"step": step, **LOG}) + "\n" for step in (20, 40))
        (self.folder / "log").write_text(log)
        self.score()

    def score(self, decoding: dict[str, str] | None = None, **bleu: dict[str, float]) -> None:
        """What `evaluate.py` will find for each model and deployment, and how it decodes each."""
        found = {name: {"en-de": 30.0, "en-fr": 40.0} for name in ("big", "small", "api", "other")}
        (self.folder / "scores").write_text(json.dumps({**found, **bleu, "decoding": decoding or {}}))

    def run(self, step: str = "all", text: str = SPEC, **named) -> tfc.Report:
        plan = tfc.load(text, name="small.tfs").plan()
        return run(plan, self.folder, self.data, step, tell=self.told.append, **named)

    def verify(self, text: str = SPEC, **named) -> Verified:
        plan = tfc.load(text, name="small.tfs").plan()
        return verify(plan, self.folder, self.data, tell=self.told.append, **named)

    @property
    def started(self) -> list[str]:
        """What has been run since this was last asked."""
        log = self.folder / "started"
        found = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return found
