"""Commands about accounts: the first administrator, whom nobody could make through the API."""

import argparse
from collections.abc import Iterator
from typing import Any

from dev.stages import Refused


def add(commands: Any, everywhere: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    first = commands.add_parser(
        "first-administrator",
        parents=[everywhere],
        help="make somebody the first administrator, by their phone",
    )
    first.add_argument("phone", help="a mobile number; an account is made where it has none")
    first.add_argument("--name", default="", help="their name, for a new account")
    first.add_argument("--another", action="store_true", help="also where there is an administrator already")
    first.set_defaults(run=first_administrator)


def first_administrator(given: argparse.Namespace) -> Iterator[str]:
    """Give the phone's account the role; recorded in the audit trail as done by a command. Raises Refused."""
    from chalicelib.accounts import actions, granting, keeping
    from chalicelib.base import phones

    number = phones.normalise(given.phone)
    if number is None or not phones.is_mobile(number):
        raise Refused("That is no mobile number: an administrator signs in by a code sent to one.")
    there = actions.administrators()
    known = actions.find(number)
    if known is not None and known in there:
        yield f"This phone's account is an administrator's already: {known}"
        return
    if there and not given.another:
        raise Refused(f"There is an administrator already ({len(there)} in all); --another makes one more.")
    account = keeping.get(known or actions.find_or_make(number, given.name))
    held = granting.grant_of(account)
    granting.regrant(account.pk, None, given.name or None, held._replace(roles=held.roles | {"administrator"}))
    yield f"The account {account.pk} is an administrator's now; sign in with a code to its phone."
