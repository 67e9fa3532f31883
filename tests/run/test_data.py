"""`data.py`: what it skips and says, how it deals batches out, and that it does so the same each time."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.run.folder import Folder
from tests.run.phrases import phrases, write_pairs
from tests.run.specs import READER, TRANSLATOR, changed

ONE = {"data__dev": "", "data__targets": "[de]", "model__vocab": "64"}
MALFORMED = (
    b"\xff\xfe\tx\nno tab\n\tempty\n \xc2\xa0\tspaces alone\nfour\xe2\x80\xa8five\tvier f\xc3\xbcnf\textra\n"
)


@pytest.fixture
def module(
    compiled: Callable[..., Folder], request: pytest.FixtureRequest
) -> Iterator[tuple[Folder, ModuleType]]:
    """A folder, and its `data.py` imported; the test's parameter is the spec."""
    folder = compiled(request.param)
    with folder.imported() as load:
        data = load("data")

        yield folder, data


def translator(**settings: str) -> str:
    return changed(TRANSLATOR, **settings)


@pytest.mark.parametrize("module", [translator(**ONE)], indirect=True, ids=["tsv"])
def test_a_line_that_cannot_be_used_is_reported_and_left_out(
    module: tuple[Folder, ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, data = module
    path = tmp_path / "train.en-de.tsv"
    good = (folder.data / "train.en-de.tsv").read_bytes()
    path.write_bytes(good + MALFORMED + b"one " * 200 + b"\teins\n")
    prepared = data.prepare(tmp_path, tmp_path / "runs")
    made = prepared.index["splits"]["train"]
    assert made["left_out"] == {
        "not UTF-8": 1,
        "no tab": 1,
        "an empty side": 2,
        "dropped: longer than 40 tokens": 1,
    }
    assert made["first"][0] == f"{path}:401: not UTF-8"
    assert made["groups"] == [[["en", "de"], 402]]
    said = capsys.readouterr().err
    assert f"{path}:402: no tab" in said
    assert "1 dropped: longer than 40 tokens" in said
    # A line ends at "\n" and nowhere else.
    assert ("four\u2028five", "vier fünf") in [*data.sentences(tmp_path, "train", ("en", "de"))]
    assert len(data.Corpus(prepared, "train").start) == 401


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no"),
        (b"", "is empty"),
        (b"no tab\n", "model.vocab = 64 does not suit the training text: no line can be used"),
        (b"one\teins\n", "Vocabulary size too high"),
    ],
)
@pytest.mark.parametrize("module", [translator(**ONE)], indirect=True, ids=["tsv"])
def test_data_that_cannot_be_used_ends_the_run_in_one_sentence(
    module: tuple[Folder, ModuleType], tmp_path: Path, content: bytes | None, message: str
) -> None:
    _, data = module
    if content is not None:
        (tmp_path / "train.en-de.tsv").write_bytes(content)
    with pytest.raises(SystemExit, match=message) as stop:
        data.prepare(tmp_path, tmp_path / "runs")
    assert "\n" not in str(stop.value)
    assert not [*(tmp_path / "runs").glob("data/*/index.json")]


JSONL = translator(**ONE | {"data__train": 'pairs("train.{source}-{target}.jsonl.gz")'})


@pytest.mark.parametrize("module", [JSONL], indirect=True, ids=["jsonl"])
def test_json_that_is_no_pair_is_reported(module: tuple[Folder, ModuleType]) -> None:
    _, data = module
    faults = {}
    for line in (
        b"{",
        b"[1]",
        b'{"source": "a"}',
        b'{"source": "a", "target": 3}',
        b'{"source": " ", "target": "b"}',
    ):
        with pytest.raises(ValueError) as error:
            data.parse(line)
        faults[line] = type(error.value).__name__
    assert faults[b"{"] == "JSONDecodeError"
    assert data.parse(b'{"target": "b", "source": " a ", "more": 1}\r\n') == ["a", "b"]


LINES = translator(
    data__train='pairs("{language}.txt")',
    data__dev="",
    data__sources="[en, de]",
    data__targets="[en, de]",
    model__vocab="64",
)


@pytest.mark.parametrize("module", [LINES], indirect=True, ids=["lines"])
def test_files_line_by_line(module: tuple[Folder, ModuleType], tmp_path: Path) -> None:
    """A line that one language lacks is not paired; files of unequal length end the run."""
    _, data = module
    some = phrases(300, "en", "de", seed=5)
    for column, language in enumerate(("en", "de")):
        lines = [pair[column] for pair in some]
        lines[7] = "" if language == "de" else lines[7]
        (tmp_path / f"{language}.txt").write_text("\n".join(lines) + "\n")
    prepared = data.prepare(tmp_path, tmp_path / "runs", quiet=True)
    assert prepared.index["splits"]["train"]["left_out"] == {"an empty line": 1}
    corpus = data.Corpus(prepared, "train")
    assert Counter(corpus.language.tolist()) == {0: 299, 1: 299}
    (tmp_path / "de.txt").write_text("eins\n")
    with pytest.raises(SystemExit, match=r"de\.txt has fewer lines"):
        data.prepare(tmp_path, tmp_path / "runs", quiet=True)


@pytest.mark.parametrize("module", [translator()], indirect=True, ids=["by size"])
def test_an_epoch_has_every_pair(module: tuple[Folder, ModuleType]) -> None:
    """Once each, but for those that fill up the last batch; each epoch in another order."""
    folder, data = module
    prepared = data.prepare(folder.data, folder.runs, quiet=True)
    batches = data.Batches(prepared, 32, 0)
    epochs = [batches.plan(epoch) for epoch in (0, 1)]
    for plan in epochs:
        seen = Counter(row for _, rows in plan for row in rows.tolist())
        assert seen.keys() == set(range(500))
        assert sum(seen.values()) - 500 < 32
        assert all(len(rows) == 32 for _, rows in plan)
        for bucket, rows in plan:
            assert (batches.corpus.bucket[rows] <= bucket).all()
    assert [rows.tolist() for _, rows in epochs[0]] != [rows.tolist() for _, rows in epochs[1]]


@pytest.mark.parametrize("module", [translator()], indirect=True, ids=["tsv"])
def test_what_a_batch_holds(module: tuple[Folder, ModuleType]) -> None:
    """The target's language first in the source; what the decoder reads is what it writes, a place later."""
    folder, data = module
    prepared = data.prepare(folder.data, folder.runs, quiet=True)
    tokenizer = prepared.tokenizer
    texts = {pair for name in ("de", "fr") for pair in data.sentences(folder.data, "dev", ("en", name))}
    seen = set()
    for language, batch in data.held_out(prepared, "dev", 8):
        assert batch.source.shape[1] in (16, 40)
        assert (batch.source[:, 0] == tokenizer.languages[language]).all()
        assert (batch.target[:, 0] == data.BOS).all()
        assert batch.target_tokens == (batch.labels >= 0).sum()
        assert batch.tokens == batch.target_tokens + (batch.source != data.PAD).sum()
        for source, target, labels in zip(batch.source, batch.target, batch.labels, strict=True):
            written = labels[labels >= 0].tolist()
            assert written[-1] == data.EOS
            assert target[1 : len(written)].tolist() == written[:-1]
            text = tokenizer.decode(source.tolist()), tokenizer.decode(written)
            assert source[source != data.PAD].tolist() == tokenizer.source(text[0], language)
            seen.add(text)
    assert seen == texts


@pytest.mark.parametrize("module", [translator(data__sampling="temperature(5)")], indirect=True, ids=["5"])
def test_a_position_is_enough_to_go_on(module: tuple[Folder, ModuleType]) -> None:
    folder, data = module
    prepared = data.prepare(folder.data, folder.runs, quiet=True)
    first = data.Batches(prepared, 32, 7)
    stream = iter(first)
    for _ in islice(stream, 11):
        continue
    state = first.state_dict()
    second = data.Batches(prepared, 32, 7)
    second.load_state_dict(state)
    for before, after in islice(zip(stream, second, strict=False), 30):
        assert (before.source == after.source).all()
        assert (before.labels == after.labels).all()
    assert first.state_dict() == second.state_dict() != state


@pytest.mark.parametrize(
    ("module", "share"),
    [
        (translator(data__sampling="temperature(5)"), 100**0.2 / (100**0.2 + 400**0.2)),
        (translator(data__sampling="uniform"), 0.5),
        (translator(data__sampling="shares(fr = 70%)"), 0.7),
        (translator(), 0.2),
    ],
    indirect=["module"],
    ids=["temperature", "uniform", "shares", "by size"],
)
def test_languages_have_their_share(module: tuple[Folder, ModuleType], share: float) -> None:
    """And within a language no pair is drawn twice before all were drawn once."""
    folder, data = module
    prepared = data.prepare(folder.data, folder.runs, quiet=True)
    batches = data.Batches(prepared, 10, 0)
    drawn = np.concatenate([rows for epoch in range(4) for _, rows in batches.plan(epoch)])
    french = drawn[batches.corpus.language[drawn] == 1]
    assert abs(len(french) / len(drawn) - share) < 0.03
    times = np.bincount(french)[batches.corpus.language.tolist().index(1) :]
    assert times.max() - times.min() <= 1 + len(drawn) // 500


@pytest.mark.parametrize(
    "module",
    [translator(data__reverse="true", data__targets="[de]", model__vocab="64")],
    indirect=True,
    ids=["de"],
)
def test_reverse_reads_files_both_ways(module: tuple[Folder, ModuleType]) -> None:
    folder, data = module
    forth = [*data.sentences(folder.data, "dev", ("en", "de"))]
    back = [*data.sentences(folder.data, "dev", ("de", "en"))]
    assert back == [(target, source) for source, target in forth]
    prepared = data.prepare(folder.data, folder.runs, quiet=True)
    assert {language for language, _ in data.held_out(prepared, "dev", 8)} == {"en", "de"}


def test_longer_pairs_may_be_cut(compiled: Callable[..., Folder], tmp_path: Path) -> None:
    folder = compiled(translator(**ONE, data__longer="cut"))
    write_pairs(tmp_path / "train.en-de.tsv", [*phrases(300, "en", "de"), ("one " * 40, "eins " * 40)])
    with folder.imported() as load:
        data = load("data")

        prepared = data.prepare(tmp_path, tmp_path / "runs", quiet=True)
        corpus = data.Corpus(prepared, "train")
        assert prepared.index["splits"]["train"]["left_out"] == {"cut: longer than 40 tokens": 1}
        batch = corpus.batch(1, np.array([300]))
        assert batch.source.shape[1] == batch.labels.shape[1] == 40
        assert batch.labels[0, -1] == data.EOS == batch.source[0, -1]


@pytest.mark.parametrize(
    "module", [changed(READER, data__dev='text("dev.txt")')], indirect=True, ids=["bytes"]
)
def test_text_is_read_whole(module: tuple[Folder, ModuleType]) -> None:
    """Every token of dev is predicted once; each epoch of train is cut at other places."""
    folder, data = module
    prepared = data.prepare(folder.data, folder.runs, quiet=True)
    text = (folder.data / "dev.txt").read_bytes()
    pieces = [batch for _, batch in data.held_out(prepared, "dev", 4)]
    labels = [label for batch in pieces for row in batch.labels for label in row[row >= 0].tolist()]
    assert bytes(labels) == text[1:]
    assert sum(batch.target_tokens for batch in pieces) == len(text) - 1
    batches = data.Batches(prepared, 16, 0)
    assert {start % 32 for start in batches.plan(0)[0]} != {start % 32 for start in batches.plan(1)[0]}


ENCODER = changed(READER, model__family="encoder")


@pytest.mark.parametrize("module", [ENCODER], indirect=True, ids=["bytes"])
def test_hidden_tokens(module: tuple[Folder, ModuleType]) -> None:
    """15% are to be found: of these 80% show the mask, a tenth another token, a tenth themselves."""
    folder, data = module
    prepared = data.prepare(folder.data, folder.runs, quiet=True)
    batches = [*islice(data.Batches(prepared, 64, 0), 40)]
    again = next(iter(data.Batches(prepared, 64, 0)))
    assert (batches[0].ids == again.ids).all()
    ids = np.concatenate([batch.ids.numpy().ravel() for batch in batches])
    labels = np.concatenate([batch.labels.numpy().ravel() for batch in batches])
    hidden = labels >= 0
    assert hidden.sum() == sum(batch.target_tokens for batch in batches)
    assert abs(hidden.mean() - 0.15) < 0.01
    shown = Counter(np.where(ids == 256, "mask", np.where(ids == labels, "same", "other"))[hidden].tolist())
    assert abs(shown["mask"] / hidden.sum() - 0.8) < 0.02
    assert abs(shown["same"] / hidden.sum() - 0.1) < 0.02
    assert (ids[~hidden] != 256).all()


def test_a_tokenizer_is_loaded(compiled: Callable[..., Folder], corpora: Path) -> None:
    """One of ours as it is; another after our special tokens; one that is too large ends the run."""
    ours = compiled(translator(**ONE), "_ours")
    with ours.imported() as load:
        data = load("data")

        made = data.prepare(ours.data, ours.runs, quiet=True)
        ids = made.tokenizer.encode("one red dog")
        shutil.copy(made.folder / "tokenizer.model", corpora / "ours.model")
    again = ONE | {"data__tokenizer": 'sentencepiece("ours.model")'}
    with compiled(translator(**again), "_again").imported() as load:
        data = load("data")

        prepared = data.prepare(corpora, ours.runs, quiet=True)
        assert prepared.tokenizer.encode("one red dog") == ids
    _train_foreign(corpora / "foreign.model", corpora / "train.en-de.tsv")
    settings = ONE | {"data__tokenizer": 'sentencepiece("foreign.model")', "data__language_token": "source"}
    with compiled(translator(**settings | {"model__vocab": "66"}), "_foreign").imported() as load:
        data = load("data")

        tokenizer = data.prepare(corpora, ours.runs, quiet=True).tokenizer
        assert min(tokenizer.encode("one red dog")) >= 4
        assert (
            tokenizer.decode([1, *tokenizer.encode("one red dog"), tokenizer.languages["de"], 2])
            == "one red dog"
        )
        assert tokenizer.languages == {"de": 64}
    with compiled(translator(**settings), "_small").imported() as load:
        data = load("data")

        with pytest.raises(SystemExit, match=r"model\.vocab is 64, and foreign\.model needs 65"):
            data.prepare(corpora, ours.runs, quiet=True)


def _train_foreign(path: Path, text: Path) -> None:
    """A SentencePiece model with the special tokens of its own defaults, and 60 pieces."""
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(path.with_suffix("")), vocab_size=60, minloglevel=2
    )
