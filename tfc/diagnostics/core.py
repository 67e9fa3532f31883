"""What can be wrong with a spec, as values: the data that every rendering shows.

A terminal, an editor, an annotation in CI and a Python exception are renderings of one `Diagnostic`: a
headline that stands alone, labels that point, notes that explain, shares that attribute, and fixes that can
be applied.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class Safety(StrEnum):
    """How far a fix may be trusted, and so who may apply it."""

    SAFE = "safe"  # the same run, or surely what was meant: `tfc fix`
    CHANGES_RUN = "changes the run"  # the same model, trained or served otherwise: `tfc fix --pick N`
    CHANGES_MODEL = "changes the model"  # shown, never applied


@dataclass(frozen=True)
class Source:
    """A text with a name: a file, standard input, or one `--set` on the command line.

    A file's name is its path from the folder of the spec, so that what is generated from it is the same
    wherever tfc runs; `folder` is how the user reached that folder, and a message shows both.
    """

    name: str
    text: str = field(repr=False)
    folder: str = ""

    @property
    def path(self) -> str:
        """Where the file is, seen from where the user stands."""
        return f"{self.folder}{self.name}"

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Offsets at which the lines begin; a line ends with `\\n` and with nothing else."""
        return (0, *(i + 1 for i, character in enumerate(self.text) if character == "\n"))

    def line(self, number: int) -> str:
        """Line `number`, counted from 1, without its end."""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.text) + 1
        return self.text[start : end - 1].removesuffix("\r")

    def span(self, start: int, end: int) -> Span:
        return Span(self, start, max(start, end))


@dataclass(frozen=True)
class Span:
    """A stretch of a source: `text[start:end]`."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def line(self) -> int:
        return bisect_right(self.source.starts, self.start)

    @property
    def column(self) -> int:
        return self.start - self.source.starts[self.line - 1] + 1

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> str:
        """`model.tfs:12`, as an attribution and a generated comment name a line."""
        return f"{self.source.name}:{self.line}"

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Label:
    """What is to be said of one place; the primary ones are where the fault is."""

    span: Span
    text: str = ""
    primary: bool = True


@dataclass(frozen=True)
class Share:
    """One row of an attribution: how much, of what, and the line of the spec that it comes from."""

    amount: str
    what: str
    span: Span | None = None
    why: str = ""


@dataclass(frozen=True)
class Edit:
    """A replacement of one stretch of a source; an empty stretch inserts."""

    span: Span
    replacement: str


@dataclass(frozen=True)
class Fix:
    """A change that would help: what it does, where, what it costs, and how safe it is."""

    title: str
    edits: tuple[Edit, ...]
    safety: Safety = Safety.SAFE
    effect: str = ""


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong, or worth knowing. `code` is listed in `codes.py` and has a page."""

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    severity: Severity = Severity.ERROR
    notes: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    help: str = ""
    fixes: tuple[Fix, ...] = ()

    @property
    def span(self) -> Span | None:
        """Where to look first: the first primary label, else the first."""
        return next((label.span for label in self.labels if label.primary), None) or (
            self.labels[0].span if self.labels else None
        )


class Report:
    """The diagnostics of one spec, errors first, each said once."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}
        self.diagnostics = tuple(sorted(dict.fromkeys(diagnostics), key=lambda found: rank[found.severity]))

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)

    def of(self, severity: Severity) -> tuple[Diagnostic, ...]:
        return tuple(found for found in self.diagnostics if found.severity is severity)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return self.of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return self.of(Severity.WARNING)

    @property
    def ok(self) -> bool:
        return not self.errors

    def __add__(self, other: Report) -> Report:
        return Report((*self.diagnostics, *other.diagnostics))

    def raise_errors(self) -> None:
        """Raise `SpecError` with every diagnostic if there is an error among them."""
        if self.errors:
            raise SpecError(self)

    def __str__(self) -> str:
        from tfc.diagnostics.text import render_report

        return render_report(self)

    def _repr_html_(self) -> str:
        from tfc.diagnostics.html import render_report

        return render_report(self)


class SpecError(Exception):
    """A spec that cannot be used. Its text is the rendered report."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        return str(self.report)
