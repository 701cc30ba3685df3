"""How much is measured, and on how much data."""

import attrs


@attrs.frozen(kw_only=True)
class Scale:
    """How much.

    *attempts* is how often a run may be done until *runs* of them were quiet. Accounts
    of a long history are as many as have *long_events* together.
    """

    name: str
    runs: int
    attempts: int
    slices: int
    slice_s: float
    members: int
    history: int
    batch: int
    clients: int
    hot_clients: int
    streams: tuple[int, ...]
    long_events: int
    stores: tuple[int, ...]
    log_events: int
    verified_events: int


FULL = Scale(
    name="full",
    runs=5,
    attempts=10,
    slices=20,
    slice_s=0.1,
    members=2000,
    history=10,
    batch=1000,
    clients=8,
    hot_clients=4,
    streams=(100, 1000, 10_000, 100_000),
    long_events=60_000,
    stores=(100_000, 1_000_000, 10_000_000),
    log_events=200_000,
    verified_events=20_000,
)
QUICK = attrs.evolve(
    FULL,
    name="quick",
    runs=3,
    attempts=3,
    slices=5,
    slice_s=0.05,
    members=500,
    streams=(1000, 10_000),
    long_events=20_000,
    stores=(100_000,),
    log_events=20_000,
    verified_events=2000,
)
TINY = attrs.evolve(
    FULL,
    name="tiny",
    runs=1,
    attempts=1,
    slices=1,
    slice_s=0.005,
    members=20,
    history=4,
    batch=20,
    clients=2,
    hot_clients=2,
    streams=(20,),
    long_events=200,
    stores=(200,),
    log_events=200,
    verified_events=200,
)
