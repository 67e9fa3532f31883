"""What every operation of a model declares, so that it can be counted, priced and generated."""

from __future__ import annotations

from tfc.fields import Variant


class Op(Variant):
    """One operation, or one variant of a family of operations."""

    @property
    def template(self) -> str:
        """Its class in PyTorch, under the folder `templates/`."""
        return f"torch/{self.family}/{self.name}.py.j2"
