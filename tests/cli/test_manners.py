"""How the command line behaves, whatever the verb: exit codes, streams, signs, start-up."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import process, tfc
from tfc.cli.verbs import VERBS

WRONG = Path(__file__).parents[1] / "errors" / "wrong"
SPEC = "loosened_base.tfs"  # one without a fault


def test_no_word_at_all_is_a_request_for_help(tmp_path: Path):
    found = tfc(cwd=tmp_path)
    assert found.code == 0 and not found.err
    assert all(f"  {verb} " in found.out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_teaches(verb: str, tmp_path: Path):
    found = tfc(verb, "--help", cwd=tmp_path)
    assert found.code == 0 and not found.err
    examples = found.out.partition("Examples:")[2]
    assert examples.count(f"tfc {verb}") >= 2, "an example or two says more than a list of options"
    described = found.out.partition("Usage")[2].split("\n\n")[1]
    assert len(described.split()) >= 8
    for line in examples.strip().split("\n"):
        assert f"tfc {verb}" in line


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["check"],
        ["check", "a.tfs", "b.tfs"],
        ["check", "--nope", "a.tfs"],
        ["plan", "a.tfs", "--set"],
    ],
)
def test_a_command_line_that_is_not_understood_ends_with_64(words: list[str], tmp_path: Path):
    found = tfc(*words, cwd=tmp_path)
    assert found.code == 64 and not found.out
    assert found.err.startswith("error: ") and "--help` says" in found.err


def test_a_near_verb_is_offered(tmp_path: Path):
    assert "did you mean `what-if`?" in tfc("whatif", cwd=tmp_path).err


def test_a_fault_of_ours_ends_with_70_and_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tfc.cli.explain.page", lambda code: 1 // 0)
    found = tfc("explain", "TFS401", cwd=tmp_path)
    assert found.code == 70 and not found.out
    assert "TFS999" in found.err and "ZeroDivisionError" in found.err and "tfc explain …" in found.err
    assert str(Path(__file__).parents[2]) not in found.err, "a report tells nothing of somebody's folders"
    assert "Traceback" not in found.err


def test_ctrl_c_ends_with_130(tmp_path: Path):
    os.mkfifo(tmp_path / "slow.tfs")  # opening it waits for a writer, so that there is time to interrupt
    child = subprocess.Popen(
        [sys.executable, "-m", "tfc", "check", "slow.tfs"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    time.sleep(1.0)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130 and "Traceback" not in err


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path):
    line = f"{sys.executable} -m tfc explain | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr


def test_signs_fall_back_to_ascii():
    found = tfc("check", SPEC, cwd=WRONG, encoding="ascii")
    assert found.out.startswith(" ok ") or found.out.startswith("ok")
    assert found.out.isascii()
    assert tfc("check", SPEC, cwd=WRONG).out.startswith("✓")


def test_colour_only_in_a_terminal():
    assert "\x1b[" not in process("check", "typos.tfs", cwd=WRONG).out
    seen = terminal("check", "typos.tfs", cwd=WRONG)
    assert "\x1b[" in seen and "\x1b[" not in terminal("check", "typos.tfs", cwd=WRONG, NO_COLOR="1")
    plain = re.sub(r"\x1b\[[\d;]*m", "", seen)
    assert "error[TFS101]" in plain, "colour is never the only carrier"


def terminal(*words: str, cwd: Path, **env: str) -> str:
    """What a terminal shows of a command."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "tfc", *words]
    with subprocess.Popen(
        command, cwd=cwd, env={**os.environ, "TERM": "xterm", **env}, stdout=theirs
    ) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux says so when the child has closed its end
                break
            if not piece:
                break
            shown += piece
        child.wait(timeout=30)
    os.close(ours)
    return shown.decode()


def test_check_imports_nothing_that_is_slow():
    process("check", SPEC, cwd=WRONG)  # the first of all makes the tables of the grammar, with Lark
    code = (
        "import sys; sys.argv = ['tfc', 'check', sys.argv[1]]; from tfc.cli.main import main; main();"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, SPEC], cwd=WRONG, capture_output=True, text=True, timeout=60
    )
    loaded = set(done.stderr.split("\n")[-2].split())
    assert "tfc" in loaded
    heavy = {
        "lark",
        "rich",
        "jinja2",
        "numpy",
        "torch",
        "pydantic",
        "typer",
        "yaml",
        "asyncio",
        "http",
        "unittest",
    }
    assert not loaded & heavy


def test_completion_knows_verbs_settings_and_scenarios(tmp_path: Path):
    (tmp_path / "a.tfs").write_text((WRONG / SPEC).read_text() + "\nscenario pilot { train.steps = 10 }\n")

    def completed(line: str) -> str:
        words = {
            "_TFC_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        }
        return process(cwd=tmp_path, **words).out.replace("plain,", "")

    assert {"what-if", "compile"} <= set(completed("tfc ").split())
    assert "train.steps=" in completed("tfc check a.tfs --set train.st")
    assert "pilot" in completed("tfc check a.tfs --scenario p")
    assert "TFS401" in completed("tfc explain TFS4")
