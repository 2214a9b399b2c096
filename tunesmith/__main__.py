"""The command line as `python -m tunesmith`."""

from __future__ import annotations

from tunesmith.cli.main import main

if __name__ == "__main__":
    main()
