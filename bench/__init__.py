"""How fast the ledger is, beside the raw database and plain `eventsourcing`.

Run it from the project's folder: ``python -m bench --help``.
"""

import sys
from pathlib import Path

# The throw-away PostgreSQL is that of the tests.
sys.path.append(str(Path(__file__).parent.parent / "tests"))
