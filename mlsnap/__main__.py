"""``python -m mlsnap``: the command line."""

from __future__ import annotations

from mlsnap.cli import main

if __name__ == "__main__":
    main(prog_name="mlsnap")
