"""A compile that is killed anywhere is finished by the next one, of the same spec or of another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.build.test_drift import compiled, files, text, tree
from tfc.build.drift import compare
from tfc.files import FileSet

FIRST = files(a=text(), b=text("y = 1\n"), gone=text("z = 1\n"))
SECOND = files(a=text("x = 2\n", spec="2"), b=text("y = 2\n", spec="2"), c=text("c = 2\n", spec="2"))
THIRD = files(a=text("x = 3\n", spec="3"), c=text("c = 3\n", spec="3"))


class Killed(BaseException):
    pass


def killed(folder: Path, given: FileSet, after: int, patch: pytest.MonkeyPatch) -> bool:
    """Compile, dying at step `after` of what touches the disk; whether it came that far."""
    left = [after]

    def dying(original):
        def step(*arguments, **named):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return original(*arguments, **named)

        return step

    with patch.context() as patched:
        patched.setattr(os, "replace", dying(os.replace))
        patched.setattr(Path, "write_bytes", dying(Path.write_bytes))
        patched.setattr(Path, "unlink", dying(Path.unlink))
        try:
            compiled(folder, given, "2")
        except Killed:
            return True
    return False


@pytest.mark.parametrize("next_one", [SECOND, THIRD, FIRST], ids=["same", "other", "back"])
def test_killed_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, next_one: FileSet):
    compiled(tmp_path / "fresh", next_one, "n")
    for after in range(100):
        folder = tmp_path / str(after)
        compiled(folder, FIRST, "1")
        (folder / "a.py").write_text(text(region="    mine\n"))
        came = killed(folder, SECOND, after, monkeypatch)
        killed(folder, THIRD, after // 2, monkeypatch)
        compiled(folder, next_one, "n")
        assert "    mine\n" in (folder / "a.py").read_text()
        assert compare(next_one, folder).clean
        assert tree(folder).keys() == tree(tmp_path / "fresh").keys()
        if not came:
            return
    raise AssertionError("the compile never ended")
