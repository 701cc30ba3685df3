"""``mutmut`` with tests that are collected once, and not anew for each mutant.

A mutant is tried in a fork of a process that has imported everything; here that
process has the list of tests too. Otherwise most of the time goes into making it.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.config import _prepareconfig
from _pytest.runner import runtestprotocol
from mutmut.__main__ import cli
from mutmut.configuration import config as settings
from mutmut.runners.harness import PytestRunner
from mutmut.workers.isolation import ForkRunner

QUIETLY = ("--rootdir=.", "-qqq", "-s")

_items: list[pytest.Item] = []
_start = ForkRunner.startup
_run = PytestRunner.run_tests


def _collect(runner: Any) -> None:
    os.chdir("mutants")
    asked = settings()
    chosen = asked.pytest_add_cli_args_test_selection
    config = _prepareconfig([*QUIETLY, *asked.pytest_add_cli_args, *chosen])
    config._do_configure()
    session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    config.hook.pytest_collection(session=session)
    _items.extend(session.items)
    os.chdir("..")
    _start(runner)


def _run_tests(runner: Any, *, mutant_name: str | None, tests: Iterable[str]) -> int:
    if not _items:
        code: int = _run(runner, mutant_name=mutant_name, tests=tests)
        return code
    os.chdir("mutants")
    wanted = set(tests)
    items = [item for item in _items if item.nodeid in wanted]
    assert items, "each test was collected"
    for item, following in zip(items, [*items[1:], None], strict=True):
        reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            return 1
    return 0


ForkRunner.startup = _collect
PytestRunner.run_tests = _run_tests

if __name__ == "__main__":
    cli()
