"""Whatever comes in, only documented errors come out.

A few hundred spoilt inputs by default. LOYALTYLEDGER_FUZZ_SECONDS goes on for so long
with each parser, and prints how many there were; a failure names its seed.
"""

import os
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.targets import TARGETS, Target

SECONDS = float(os.environ.get("LOYALTYLEDGER_FUZZ_SECONDS", "0"))
each_parser = pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.__name__)


@each_parser
def test_only_documented_errors_come_out(target: Target, tmp_path: Path) -> None:
    @settings(max_examples=200, suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=False))
    def spoil(random: Random) -> None:
        target(random, tmp_path)

    spoil()


@pytest.mark.skipif(not SECONDS, reason="LOYALTYLEDGER_FUZZ_SECONDS says how long")
@pytest.mark.timeout(SECONDS * 2 + 60)
@each_parser
def test_only_documented_errors_come_out_for_long(
    target: Target, tmp_path: Path
) -> None:
    start, until = time.time_ns(), time.monotonic() + SECONDS
    done = 0
    while time.monotonic() < until:
        try:
            target(Random(start + done), tmp_path)
        except BaseException as error:
            error.add_note(f"{target.__name__}(Random({start + done}))")
            raise
        done += 1
    print(f"\n{target.__name__}: {done:,} inputs in {SECONDS:.0f} s")  # noqa: T201  # the result
