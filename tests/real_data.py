"""Where the real data lies, which is too large to be kept with the code."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "shared" / "data"
FOLDER = Path(os.environ.get("LOYALTYLEDGER_DATA") or BESIDE)
ONLINE_RETAIL = FOLDER / "online_retail" / "transactions.csv.gz"

needs_real_data = pytest.mark.skipif(
    not ONLINE_RETAIL.exists(),
    reason=f"no real data in {FOLDER}; LOYALTYLEDGER_DATA names another folder",
)
