"""Settings of a PostgreSQL connection, from the URL and nowhere else.

The driver fills what a URL leaves out from `PG…` environment variables, so that a stray
one sends the ledger to another database. Here everything is said outright. One is left:
`PGSERVICE` can add nothing, but the connection fails if no such service is defined.
"""

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from .errors import StoreUrlError
from .urls import ServerPlace

# Where the driver's own default is not the empty string.
NEUTRAL = {
    "application_name": "loyaltyledger",
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    "max_protocol_version": "3.0",
    "min_protocol_version": "3.0",
    "require_auth": "password,md5,gss,sspi,scram-sha-256,none",
    "sslcertmode": "allow",
}


def conninfo(place: ServerPlace) -> dict[str, str]:
    """Return every setting of a connection, with nothing left to the environment."""
    try:
        given = {key: str(value) for key, value in conninfo_to_dict(place.url).items()}
    except psycopg.Error:
        # The driver's message may quote the password, and so may its cause.
        raise StoreUrlError(url=place.shown, problem="it cannot be read") from None
    for needed in ("user", "dbname"):
        if not given.get(needed):
            raise StoreUrlError(url=place.shown, problem=f"it names no {needed}")
    if "service" in given:
        raise StoreUrlError(
            url=place.shown, problem="a service is not in the URL itself"
        )
    neutral = {
        option.keyword.decode(): (option.compiled or b"").decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar and option.keyword != b"service"
    }
    neutral |= {key: value for key, value in NEUTRAL.items() if key in neutral}
    return {**neutral, **given, "client_encoding": "UTF8"}
