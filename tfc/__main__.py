"""`python -m tfc`: the command line."""

from tfc.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
