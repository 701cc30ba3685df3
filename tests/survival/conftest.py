"""Databases that several processes share."""

import pytest

from loyaltyledger import migrate


@pytest.fixture(params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    migrate(url)
    return url
