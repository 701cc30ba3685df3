"""Where commands are carried out: which streams each reads, and what it writes."""

from .dispatch import Command, handle
from .draft import Draft, Loaded, fold_stream, programme_stream

__all__ = ["Command", "Draft", "Loaded", "fold_stream", "handle", "programme_stream"]
