"""How long these tests go on: briefly, unless LOYALTYLEDGER_SURVIVAL=long."""

import os

LONG = os.environ.get("LOYALTYLEDGER_SURVIVAL") == "long"

KILLS = int(os.environ.get("LOYALTYLEDGER_KILLS", "120" if LONG else "9"))
"""Moments of death, on each engine."""

FOLLOWED = 1_000_000 if LONG else 20_000
"""Events that a follower reads while they are written."""

HISTORY_S = 60.0 if LONG else 3.0
SOAK_S = float(os.environ.get("LOYALTYLEDGER_SOAK_S", "1800" if LONG else "10"))

TIMEOUT_S = 4 * 3600 if LONG else 300
"""When a test is taken for stuck."""
