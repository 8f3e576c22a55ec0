"""What the audit trail is told of a wish."""

from chalicelib.audit import actions as audit
from chalicelib.base.callers import SYSTEM, Caller
from chalicelib.wishes import change, records, rules


def deed(wish: records.Wish, caller: Caller, action: str, **detail: str | int | list[str]) -> audit.Deed:
    """`action` on the wish by the caller, in the role that counts there; why follows from the wish's state."""
    role = change.role_of(caller, wish) or ""
    return audit.Deed(f"wish/{wish.pk}", caller.account or SYSTEM, role, action, rules.purpose(wish.state), detail)


def seen(wish: records.Wish, caller: Caller, action: str, **detail: str | int) -> None:
    """Record a view of sealed fields, before it goes out. Raises Unavailable: then it does not."""
    audit.record(deed(wish, caller, action, **detail))
