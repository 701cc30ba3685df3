"""Events that are encoded, and have no place in the log yet."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from .codec import Codec, event_at
from .engine import Row
from .records import Append, Recorded, instant, micros


@attrs.frozen(kw_only=True)
class Draft:
    stream: str
    version: int
    name: str
    at: datetime
    payload: bytes
    event: object

    def row(self, stream_id: int, recorded_at: int) -> Row:
        at = micros(self.at)
        payload = self.payload.decode()
        return stream_id, self.version, self.name, at, recorded_at, payload

    def recorded(self, position: int, recorded_at: int) -> Recorded:
        return Recorded(
            position=position,
            stream=self.stream,
            version=self.version,
            name=self.name,
            at=self.at,
            recorded_at=instant(recorded_at),
            event=self.event,
        )


def drafts_of(appends: Sequence[Append], codec: Codec) -> list[Draft]:
    drafts = []
    for each in appends:
        for version, event in enumerate(each.events, each.expected + 1):
            name, payload = codec.encode(event)
            draft = Draft(
                stream=each.stream,
                version=version,
                name=name,
                at=event_at(name, event),
                payload=payload,
                event=event,
            )
            drafts.append(draft)
    return drafts
