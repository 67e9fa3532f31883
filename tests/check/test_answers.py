"""What a deployment is asked to answer, and what it cannot."""

from __future__ import annotations

from tests.check.plans import PAIRS, SMALL, TRAIN, found, only
from tests.spec.reading import MODEL
from tfc.diagnostics.core import Severity
from tfc.diagnostics.fixes import apply

DEPLOY = "\ndeploy d { target = onnxruntime(on = cpu), decoding = greedy, gives = states }\n"
PLAIN = "\ndeploy d { target = onnxruntime(on = cpu) }\n"
ENCODER = SMALL.replace("= decoder", "= encoder")
TRANSLATING = MODEL.replace("= decoder", "= encoder_decoder") + PAIRS + TRAIN


def test_no_code_follows_several_texts_of_a_decoder():
    said = only(SMALL + PLAIN, "deploy.d.decoding = beam(4)")
    assert said.code == "TFS605" and said.severity is Severity.WARNING
    assert not found(SMALL + PLAIN, "deploy.d.decoding = sample(temperature = 0.8)")


def test_a_beam_has_twice_as_many_tokens_to_choose_from():
    narrow = "model.vocab = 600"
    assert not found(TRANSLATING + PLAIN, narrow, "deploy.d.decoding = beam(300)")
    text = TRANSLATING + PLAIN.replace("cpu)", "cpu), decoding = beam(width = 301)")
    said = only(text, narrow)
    assert said.code == "TFS201" and "half of the vocabulary, 300, found 301" in said.message
    (mended,) = apply(said.fixes).values()
    assert "beam(width = 300)" in mended
    (mended,) = apply(only(text.replace("width = 301", "301"), narrow).fixes).values()
    assert "beam(300)" in mended


def test_how_another_family_answers_has_no_effect():
    for text, name in ((ENCODER, "decoding"), (SMALL, "gives"), (TRANSLATING, "gives")):
        said = only(text + DEPLOY)
        assert said.code == "TFS902" and f"`{name}` has no effect" in said.message
        assert not found(text + PLAIN)
