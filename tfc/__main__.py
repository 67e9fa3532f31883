"""`python -m tfc`: the command line."""

import sys

# `-m` puts the current folder first, where a `numbers.py` of the user's would be imported for Python's own.
if sys.path[0] not in sys.path[1:]:
    del sys.path[0]

from tfc.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
