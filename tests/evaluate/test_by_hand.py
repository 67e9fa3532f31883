"""What a person tries by hand: translating, writing on, and what is said when it cannot be done."""

from __future__ import annotations

import io
import json
import math
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tests.evaluate.generated import WORDS, Generated, logits_after


def test_each_line_has_its_translation(
    translator: Generated, tmp_path: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    translator.save(translator.model(steps=250))
    lines = ["kas", "", "mi\u2028nolun", "tos"]  # cut at "\n" alone
    (tmp_path / "lines.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    translator.evaluate("--translate", str(tmp_path / "lines.txt"), "--to", "up")
    found = capsys.readouterr().out.split("\n")
    assert len(found) == 5 and found[0] == "KAS" and found[1] == "" and found[3] == "TOS"

    given = SimpleNamespace(buffer=io.BytesIO(b"kas\ntos\n"), isatty=lambda: False)
    monkeypatch.setattr(sys, "stdin", given)
    translator.evaluate("--translate", "-", "--to", "re")
    assert capsys.readouterr().out == "sak\nsot\n"


def test_long_texts_are_cut_and_said_to_be(translator: Generated, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate, tokenizer = translator.modules.evaluate, translator.prepared.tokenizer
    found = evaluate.translate(translator.model(), tokenizer, evaluate.greedy, ["ka" * 40, "ka"], "up")
    assert len(found) == 2
    assert "1 of 2 texts are cut to 24 tokens" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--translate", "-"), "--translate needs --to, one of up, re"),
        (("--translate", "nowhere.txt", "--to", "up"), "nowhere.txt cannot be read"),
        (("--to", "fr"), "invalid choice: 'fr'"),
        (("--split", "dev"), "invalid choice: 'dev'"),
        (("--beam", "0"), "--beam and --limit are 1 or more"),
        (("--device", "cuda:7"), "--device cuda:7:"),
    ],
)
def test_a_fault_is_said_in_a_sentence(
    translator: Generated, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    translator.save(translator.model())
    with pytest.raises(SystemExit) as stopped:
        translator.evaluate(*words)
    assert said in f"{stopped.value.code} {capsys.readouterr().err}"


def test_weights_that_are_missing_or_of_another_model(translator: Generated) -> None:
    translator.save(translator.model())
    facts = translator.models / "model.json"
    known = json.loads(facts.read_text())
    facts.write_text(json.dumps(known | {"config": known["config"] | {"width": 64}}))
    with pytest.raises(SystemExit, match=r"is of another model \(width 64 -> 32\)"):
        translator.evaluate()
    facts.write_text(json.dumps(known | {"tokenizer": "0123456789abcdef"}))
    with pytest.raises(SystemExit, match="has no tokenizer 0123456789ab"):
        translator.evaluate()
    (translator.models / "weights.safetensors").unlink()
    with pytest.raises(SystemExit, match=r"`python train\.py` writes it"):
        translator.evaluate()


def test_writing_on_reads_the_later_half_of_a_full_context_anew(writer: Generated) -> None:
    model, generator = writer.model(steps=20), torch.Generator()
    prompt = writer.prepared.tokenizer.encode(WORDS[0])
    tokens = writer.modules.evaluate.sample(model, prompt, 0.0, 0, generator)
    text, seen = list(prompt), len(prompt)
    for _ in range(40):
        if seen > 16:
            seen = 8
        with torch.no_grad():
            logits = logits_after(model, torch.tensor([text[-seen:]]))
        text.append(int(logits[0, -1].argmax()))
        assert next(tokens) == text[-1]
        seen += 1


def test_drawing_keeps_to_the_likeliest_and_to_the_seed(writer: Generated) -> None:
    draw, logits = writer.modules.evaluate.draw, torch.tensor([0.0, 3.0, 2.0, -1.0])
    assert draw(logits, 0.0, 0, torch.Generator()) == 1
    drawn = [draw(logits, 1.0, 2, torch.Generator().manual_seed(seed)) for seed in range(200)]
    assert {1, 2} == set(drawn)
    share = drawn.count(1) / len(drawn)
    assert share == pytest.approx(1 / (1 + math.exp(2 - 3)), abs=0.1)


def test_a_prompt_is_printed_with_what_follows(writer: Generated, capsys: pytest.CaptureFixture[str]) -> None:
    writer.save(writer.model(steps=60))
    for _ in range(2):
        writer.evaluate("--prompt", "kara", "--tokens", "30", "--seed", "3")
    printed = capsys.readouterr().out
    once = printed[: len(printed) // 2]
    assert printed == once * 2 and once.startswith("kara") and len(once.encode()) >= 34
    with pytest.raises(SystemExit):
        writer.evaluate("--prompt", "")
    assert "--prompt needs some text" in capsys.readouterr().err
