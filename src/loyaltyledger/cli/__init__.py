"""The command line, thin over the library: `loyaltyledger --help`."""

import sys

__all__ = ["main"]

NEEDED = frozenset({"click", "rich"})


def main() -> None:
    """Run the command line; say what to install where it cannot run."""
    try:
        from .app import app  # noqa: PLC0415  # only this extra needs click and rich
    except ModuleNotFoundError as missing:
        if missing.name not in NEEDED:
            raise
        sys.stderr.write(
            f"The command line needs {missing.name}, which is not installed.\n"
            "Install it with: pip install 'loyaltyledger[cli]'\n"
        )
        sys.exit(2)
    app.main()
