"""One thread: what is computed here is too small to share, and several tests may run at once."""

from tests.ops.conftest import one_thread

__all__ = ["one_thread"]
