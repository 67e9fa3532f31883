"""The diagnostics of resolving a spec, gathered so that all are said at once."""

from __future__ import annotations

from typing import NoReturn

from tfc.diagnostics.core import Diagnostic, Fix, Label, Report, Severity

MANY = 200  # beyond this nobody reads on, and looking for a near name takes longer than all else


class Failed(Exception):
    """A value cannot be had; why has been said."""


class Faults:
    """What has been found so far."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def say(
        self,
        code: str,
        message: str,
        *labels: Label,
        severity: Severity = Severity.ERROR,
        notes: tuple[str, ...] = (),
        help: str = "",
        fixes: tuple[Fix, ...] = (),
    ) -> None:
        """Record one diagnostic; the arguments are the fields of `Diagnostic`."""
        self.found.append(Diagnostic(code, message, labels, severity, notes, (), help, fixes))

    def fail(
        self,
        code: str,
        message: str,
        *labels: Label,
        notes: tuple[str, ...] = (),
        help: str = "",
        fixes: tuple[Fix, ...] = (),
    ) -> NoReturn:
        """Record one error and give up on the value that it is about: raises `Failed`."""
        self.say(code, message, *labels, notes=notes, help=help, fixes=fixes)
        raise Failed

    @property
    def many(self) -> bool:
        """Whether there are so many that further ones get no suggestion."""
        return len(self.found) > MANY

    @property
    def report(self) -> Report:
        return Report(self.found)
