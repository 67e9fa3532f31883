"""What a backend is: something that turns a plan into files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tfc.files import FileSet

if TYPE_CHECKING:
    from tfc.plan import Plan


class Backend(Protocol):
    """One target of the compiler. It reads the plan and nothing else, and touches no disk."""

    name: str

    def needs(self, plan: Plan) -> bool:
        """Whether the spec asks for anything that this backend makes."""
        ...

    def files(self, plan: Plan) -> FileSet:
        """The files, formatted, by their path in the generated folder."""
        ...
