"""A local AWS with the platform's tables, for the sections that put a load on the platform itself."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bench import Row
from dev.emulator import Emulator
from tests.people import Api
from tests.races.local_aws import caught_outbox, joined, new_stack


@contextmanager
def fresh(name: str) -> Iterator[tuple[Api, dict[str, str]]]:
    """This process on an empty stack of its own: somebody not signed in, and the environment to join it with."""
    logging.disable()  # the table is what is to be seen
    try:
        with Emulator() as emulator:
            variables = new_stack(emulator, f"bench-{name}")
            with joined(variables), caught_outbox() as anyone:
                yield anyone, variables
    finally:
        logging.disable(logging.NOTSET)


def exactly(what: str, measured: float, unit: str, wanted: float) -> Row:
    """A row that is met by one number alone."""
    return Row(what=what, measured=measured, unit=unit, target=f"= {wanted:g}", met=measured == wanted)


def at_least(what: str, measured: float, unit: str, least: float) -> Row:
    """A row that is met by at least `least`."""
    return Row(what=what, measured=round(measured, 4), unit=unit, target=f">= {least:g}", met=measured >= least)
