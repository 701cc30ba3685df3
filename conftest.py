"""Runs the Python code blocks of README and docs."""

import pytest

from doc_pages import collect, schedule

pytest_collect_file = collect
pytest_xdist_make_scheduler = pytest.hookimpl(optionalhook=True)(schedule)
