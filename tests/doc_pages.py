"""Runs the Python code blocks of README and docs."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


def _enter_empty_folder(namespace: dict[str, Any]) -> None:
    """A page may make files; each begins with none."""
    namespace["_came_from"] = Path.cwd()
    namespace["_folder"] = tempfile.TemporaryDirectory(prefix="loyaltyledger-docs-")
    os.chdir(namespace["_folder"].name)


def _leave_folder(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["_came_from"])
    namespace["_folder"].cleanup()


collect = Sybil(
    path=str(Path(__file__).parents[1]),
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=_enter_empty_folder,
    teardown=_leave_folder,
).pytest()


class _PagesInOnePiece(LoadScopeScheduling):
    """Blocks of one page build on each other; tests do not."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.endswith(".md") else nodeid


def schedule(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return _PagesInOnePiece(config, log) if config.option.dist == "load" else None
