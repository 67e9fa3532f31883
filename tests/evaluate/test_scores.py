"""Scores against the libraries and the formulas that they are named after."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import sacrebleu
import torch

from tests.evaluate.generated import TEXT, WORDS, Generated, logits_after
from tfc.backends.torch.evaluate import cutting

FOUND = ["Ein Hund läuft.", "Zwei Männer sitzen auf einer Bank", "eine Frau liest ein Buch in dem Park."]
RIGHT = ["Ein Hund rennt.", "Zwei Männer sitzen auf einer Bank.", "Eine Frau liest ein Buch in dem Park."]


@pytest.mark.parametrize("lowercase", [False, True])
def test_bleu_and_chrf_are_sacrebleus(translator: Generated, lowercase: bool) -> None:
    scores = translator.modules.evaluate.compare(FOUND, RIGHT, "up", lowercase)
    bleu = sacrebleu.corpus_bleu(FOUND, [RIGHT], lowercase=lowercase)
    chrf = sacrebleu.CHRF(lowercase=lowercase).corpus_score(FOUND, [RIGHT])
    assert scores["bleu"] == bleu.score > 20
    assert scores["chrf"] == chrf.score > 40
    assert scores["exact"] == pytest.approx(1 / 3 if lowercase else 0)
    assert ("case:lc" if lowercase else "case:mixed") in scores["signatures"]["bleu"]
    assert "tok:13a" in scores["signatures"]["bleu"] and "nrefs:1" in scores["signatures"]["chrf"]


CUT = {"de": "13a", "zh": "zh", "zh-Hans": "zh", "zho_Hans": "zh", "cmn": "zh", "ko": "13a", "thx": "13a"}
CUT |= {"ja": "char", "jpn_Jpan": "char", "tha_Thai": "char"}


@pytest.mark.parametrize(("language", "how"), CUT.items())
def test_languages_without_spaces_are_cut_otherwise(language: str, how: str) -> None:
    assert cutting(language) == how


def test_chinese_is_cut_into_characters(tmp_path: Any) -> None:
    spec = TEXT.format(family="encoder_decoder", tokenizer="bytes")
    spec = spec.replace('text("words.txt")', 'pairs("words.en-up.tsv")').replace(
        "tokenizer = bytes", "tokenizer = bytes\n  sources = [en]\n  targets = [zh]"
    )
    scores = Generated(tmp_path, spec).modules.evaluate.compare(["我们走吧。"], ["我们走了。"], "zh", False)
    assert "tok:zh" in scores["signatures"]["bleu"]
    assert scores["bleu"] == sacrebleu.corpus_bleu(["我们走吧。"], [["我们走了。"]], tokenize="zh").score


def test_the_loss_of_a_translation_is_that_of_its_tokens(translator: Generated, half_trained: Any) -> None:
    evaluate, tokenizer = translator.modules.evaluate, translator.prepared.tokenizer
    words = ["kas", "toranolun", "mi"]
    total = count = 0.0
    for word in words:
        written = [*tokenizer.encode(word.upper()), tokenizer.eos]
        before = torch.tensor([[tokenizer.first("up"), *written[:-1]]])
        with torch.no_grad():
            logits = logits_after(half_trained, torch.tensor([tokenizer.source(word, "up")]), before)
        total -= float(logits.log_softmax(-1)[0].gather(1, torch.tensor(written)[:, None]).sum())
        count += len(written)
    found = evaluate.loss(half_trained, tokenizer, words, [word.upper() for word in words], "up")
    assert found == pytest.approx(total / count, rel=1e-6)


def test_scores_are_kept_by_stage_split_and_direction(
    translator: Generated, half_trained: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    translator.save(translator.model(steps=60))
    scores = translator.models / "scores.json"
    translator.evaluate("--limit", "2")
    translator.evaluate("--directions", "en-up")
    assert not scores.exists(), "scores of a part are printed, and not kept"
    translator.evaluate()
    translator.evaluate("--split", "train", "--beam", "2", "--length-penalty", "0.6", "--lowercase")
    kept = json.loads(scores.read_text())["train"]
    assert kept["test"]["decoding"] == "greedy" and kept["test"]["step"] == 100
    other = "beam 2, length penalty 0.6"
    assert kept[f"train_lowercase, {other}"]["decoding"] == other
    assert [*kept["test"]["directions"]] == ["en-up", "en-re"]
    row = kept["test"]["directions"]["en-up"]
    assert row["pairs"] == len(WORDS)
    printed = capsys.readouterr().out
    assert f"{row['bleu']:.2f}" in printed and row["signatures"]["bleu"] in printed


@pytest.mark.parametrize("tokenizer", ["bytes", "tokenizers(kind = bpe)"])
def test_perplexity_is_that_of_all_tokens(
    tmp_path: Any, tokenizer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = TEXT.format(family="decoder", tokenizer=tokenizer)
    if tokenizer != "bytes":
        spec = spec.replace("  position = learned", "  position = learned\n  vocab = 290")
    generated = Generated(tmp_path, spec)
    generated.save(model := generated.model(steps=30))
    generated.evaluate()
    (row,) = json.loads((generated.models / "scores.json").read_text())["train"]["train"][
        "languages"
    ].values()
    total = tokens = size = 0.0
    for _, batch in generated.modules.data.held_out(generated.prepared, "train", 16):
        with torch.no_grad():
            log_p = logits_after(model, batch.ids).log_softmax(-1)
        counted = batch.labels >= 0
        found = log_p.gather(2, batch.labels.clamp(min=0)[..., None])[..., 0]
        total, tokens = total - float(found[counted].sum()), tokens + int(counted.sum())
        kept = (labels[labels >= 0].tolist() for labels in batch.labels)
        size += sum(len(generated.prepared.tokenizer.decode(labels).encode()) for labels in kept)
    assert row["tokens"] == tokens and row["bytes"] == size
    assert row["perplexity"] == pytest.approx(math.exp(total / tokens), rel=1e-4)
    assert row["perplexity_per_byte"] == pytest.approx(math.exp(total / size), rel=1e-4)
    assert row["bits_per_byte"] == pytest.approx(total / size / math.log(2), rel=1e-4)
    assert f"{row['perplexity']:.3f}" in capsys.readouterr().out


def test_accuracy_is_the_share_of_hidden_tokens_that_are_found(tmp_path: Any) -> None:
    generated = Generated(tmp_path, TEXT.format(family="encoder", tokenizer="bytes"))
    generated.save(model := generated.model(steps=60))
    generated.evaluate()
    (row,) = json.loads((generated.models / "scores.json").read_text())["train"]["train"][
        "languages"
    ].values()
    right = hidden = 0
    for _, batch in generated.modules.data.held_out(generated.prepared, "train", 16):
        with torch.no_grad():
            best = logits_after(model, batch.ids).argmax(-1)
        asked = batch.labels >= 0
        right, hidden = right + int((best == batch.labels)[asked].sum()), hidden + int(asked.sum())
    assert row["hidden"] == hidden > 50
    assert row["accuracy"] == right / hidden > 1 / 256
