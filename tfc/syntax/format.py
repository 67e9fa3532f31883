"""`tfc fmt`: the one layout of a spec, which keeps what it says and every comment.

Settled here: two spaces a level, one blank line at most, `=` and comparisons aligned within a run of neighbouring
lines, 110 columns. Left to the author: the order of things, and whether a bracket is open; a line break behind
`{`, `[` or `(` keeps it so.
"""

from __future__ import annotations

from tfc.diagnostics.core import Diagnostic, Report, Source, SpecError
from tfc.syntax import tree
from tfc.syntax.arrange import Arranger, tidy
from tfc.syntax.parse import parse
from tfc.syntax.read import unreadable


def format_text(source: Source) -> str:
    """The text in the one layout; raises `SpecError` for a text with faults of syntax.

    The result is parsed again: it must say the same, with the same comments, and be in the layout already. If not,
    the fault is ours, and the text is refused (TFS999) instead of changed.
    """
    file, report = parse(source)
    report.raise_errors()
    text = Arranger(source, file).run()
    again = Source(source.name, text, source.folder)
    reread, _ = parse(again)
    for fault, holds in (
        ("it would be longer than a spec may be", unreadable(again) is None),
        ("it would say something else", reread == file),
        ("a comment would be lost", _comments(reread) == _comments(file)),
        ("it would not be settled", Arranger(again, reread).run() == text),
    ):
        if not holds:
            raise SpecError(Report([_refused(source, fault)]))
    return text


def _comments(file: tree.File) -> list[str]:
    return sorted(tidy(comment.text) for comment in file.comments)


def _refused(source: Source, fault: str) -> Diagnostic:
    message = f"tfc cannot format `{source.path}`: {fault}"
    return Diagnostic(
        "TFS999", message, notes=("the file is left as it is",), help="this is a fault of tfc: report it"
    )
