"""The columns that a whole log is brought in by, and what an empty ledger is."""

FILLED = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM {event}) OR EXISTS (SELECT 1 FROM {stream})"
    " OR EXISTS (SELECT 1 FROM {command})"
)
EVENT = ("id", "stream", "version", "name", "at", "recorded_at", "payload")
STREAM = ("id", "name", "version", "recorded_at")
COMMAND = (
    "key",
    "name",
    "digest",
    "fields",
    "first_event",
    "events",
    "recorded_at",
)
