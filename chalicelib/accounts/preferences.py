"""Which channels people may choose for which kinds of message. What follows from a choice: notices/choosing.py."""

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.base.problems import FieldFault, Unprocessable
from chalicelib.notices import manners


def require_possible(channels: Mapping[str, Sequence[str]]) -> None:
    """Raises Unprocessable for kinds that are not sent, channels they do not go over, and leave taken of essentials."""
    faults = list(_faults(channels))
    if faults:
        raise Unprocessable("invalid_fields", errors=faults)


def _faults(channels: Mapping[str, Sequence[str]]) -> Iterator[FieldFault]:
    for kind, wanted in channels.items():
        field = f"channels.{kind}"
        if len(set(wanted)) < len(wanted):
            yield FieldFault(field, "field_value")
        elif kind == manners.OTHERS:
            continue
        elif kind not in manners.MANNERS:
            yield FieldFault(field, "field_unknown")
        elif not set(wanted) <= set(manners.of(kind).channels):
            yield FieldFault(field, "field_value")
        elif not wanted and manners.of(kind).essential:
            yield FieldFault(field, "essential_message")
