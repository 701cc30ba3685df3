"""What every engine must do, as tests that an engine of your own can be put to.

Needs pytest. Nothing else in the library imports this.
"""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{name}" for name in ("appending", "reading", "racing", "sharing"))
)

from .contract import SharedStoreContract, StoreContract  # noqa: E402  # rewritten now
from .events import OpenStore  # noqa: E402

__all__ = ["OpenStore", "SharedStoreContract", "StoreContract"]
