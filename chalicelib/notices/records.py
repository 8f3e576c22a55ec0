"""The table `notices`: every account's inbox, how each message stands on each channel, and the clock's ledger.

    pk         sk                                      item
    <account>  m#<moment>#<kind>#<digest>              one message, by the millisecond: the inbox, and the outbox
    <account>  s#<moment>#<kind>#<digest>#<channel>    the same message on its way over one channel
    <account>  z#<due>#<kind>#<digest>                 (recipient, subject, kind, due date) of what the clock sends
    <account>  subscriptions                           what the account wants to hear of
    subscribers#<topic>     <account>                  who wants to hear of a subdistrict or a category
    token#<provider>/<app>  token                     a provider's access token, shared by all processes

What an act tells needs no ledger: it is written in the act's own transaction, which happens once. Instead of an account
the recipient can be a subdistrict's group: `group#<subdistrict>`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.base import ids, models

DUE = "due"
STATE = "state"
BUCKETS = 2
OUTBOX = "outbox"
"""The lane of messages whose channels are not chosen yet; every channel is a lane of its own."""
DIGEST = "digest"
"""The lane of digests that are not told yet."""
GROUP = "group#"


class Notice(models.Record):
    """One message to one account. Due while its channels are still to be chosen."""

    room = "notices"

    kind = UnicodeAttribute(attr_name="kd")
    at = UnicodeAttribute(attr_name="at")
    values: Any = JSONAttribute(attr_name="va")  # what the sentence of the kind needs
    subject = UnicodeAttribute(attr_name="su", null=True)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


class Sending(models.Record):
    """A message on one channel. `state`: queued, sent, failed (and tried again), dead. It holds no text."""

    room = "notices"

    state = UnicodeAttribute(attr_name="st")
    place = UnicodeAttribute(attr_name="pl")  # "<moment>#<digest>": where it stands in the list of its state
    kind = UnicodeAttribute(attr_name="kd")
    channel = UnicodeAttribute(attr_name="ch")
    at = UnicodeAttribute(attr_name="at")
    tries = NumberAttribute(attr_name="tr", default=0)
    held = BooleanAttribute(attr_name="he", null=True)  # a worker has it, or died with it
    unsure = BooleanAttribute(attr_name="un", null=True)  # it may have gone out already
    error = UnicodeAttribute(attr_name="er", null=True)  # the last failure's code
    since = UnicodeAttribute(attr_name="sn", null=True)  # from when on it is tried: written, or sent off again
    sent_at = UnicodeAttribute(attr_name="se", null=True)
    provider_id = UnicodeAttribute(attr_name="pi", null=True)
    retried = NumberAttribute(attr_name="rt", default=0)  # how often an administrator sent it off again
    key = UnicodeAttribute(attr_name="ik", null=True)
    fingerprint = UnicodeAttribute(attr_name="if", null=True)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


class Ledger(models.Record):
    """That a message of the clock's was written, and which wishes it covers."""

    room = "notices"

    covers: Any = JSONAttribute(attr_name="cv")


class Digest(models.Record):
    """An entry of the ledger that gathers what a reader is told of many wishes on one day. `told_at`: it is told."""

    room = "notices"

    kind = UnicodeAttribute(attr_name="kd")
    counted = NumberAttribute(attr_name="ct", default=0)
    named: Any = JSONAttribute(attr_name="nm", default=list)  # [wish, title] of some of them, until it is told
    batches: Any = JSONAttribute(attr_name="bs", default=list)  # what it has taken in, so that nothing is in it twice
    size = NumberAttribute(attr_name="sz", default=0)  # how many batches
    taken_at = UnicodeAttribute(attr_name="ta", null=True)  # when it took the last one in
    told_at = UnicodeAttribute(attr_name="to", null=True)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


class Subscription(models.Record):
    """sk: "subscriptions". What an account wants to hear of."""

    room = "notices"

    version = NumberAttribute(attr_name="v", default=1)
    subdistricts = UnicodeSetAttribute(attr_name="sd", null=True)
    categories = UnicodeSetAttribute(attr_name="ca", null=True)


class Subscriber(models.Record):
    """pk: "subscribers#place#<subdistrict>" or "subscribers#category#<category>", sk: the account.

    It carries all the account subscribed to, so that whoever finds it needs to read no account.
    """

    room = "notices"

    subdistricts = UnicodeSetAttribute(attr_name="sd", null=True)
    categories = UnicodeSetAttribute(attr_name="ca", null=True)


class ProviderToken(models.Record):
    """pk: "token#wechat/<app id>". Sealed. `generation` counts renewals; whoever renews it holds it until `busy_until`.

    Both times are epoch seconds.
    """

    room = "notices"

    sealed = BinaryAttribute(attr_name="sl", legacy_encoding=False, null=True)
    expires = NumberAttribute(attr_name="x", default=0)
    generation = NumberAttribute(attr_name="g")
    busy_until = NumberAttribute(attr_name="bu", default=0)


def provider_token(name: str) -> ProviderToken | None:
    """A provider's access token, strongly consistent: it was perhaps renewed just now."""
    return ProviderToken.find(f"token#{name}", "token", strongly=True)


class Key(NamedTuple):
    """Where an item lies."""

    recipient: str
    sort_key: str


def lane(name: str, recipient: str) -> str:
    """The partition of the due index a lane's items of this recipient wait in."""
    return f"{name}#{ord(recipient[-1]) % BUCKETS}"


def ledger(account: str, key: str) -> Ledger | None:
    """The ledger's entry of a key, strongly consistent."""
    return Ledger.find(account, f"z#{key}", strongly=True)


def digest(recipient: str, key: str) -> Digest | None:
    """The ledger's entry of a key where it is a digest, strongly consistent."""
    return Digest.find(recipient, f"z#{key}", strongly=True)


def subscription(account: str) -> Subscription | None:
    """What an account subscribed to, strongly consistent."""
    return Subscription.find(account, "subscriptions", strongly=True)


def subscribers(topic: str) -> list[Subscriber]:
    """Everybody who subscribed to a topic."""
    return list(Subscriber.query(topic))


def get(key: Key) -> Notice | None:
    """The message, strongly consistent."""
    return Notice.find(*key, strongly=True)


def sending(key: Key) -> Sending | None:
    """A message on its channel, strongly consistent."""
    return Sending.find(*key, strongly=True)


def wish_of(notice: Notice) -> str | None:
    """The id of the wish a message is about, None where it is about none or many."""
    wish, marked, _ = (notice.subject or "").partition("#")
    return wish if marked and ids.is_id(wish) else None


def sendings_of(key: Key) -> list[Sending]:
    """A message on all its channels."""
    prefix = f"s#{key.sort_key.removeprefix('m#')}#"
    return list(Sending.query(key.recipient, Sending.sk.startswith(prefix), consistent_read=True))


def message_of(key: Key) -> Key:
    """Where the message lies that a sending carries."""
    return Key(key.recipient, f"m#{key.sort_key.removeprefix('s#').rpartition('#')[0]}")


def all_of(account: str) -> list[tuple[str, str | None]]:
    """Sort key and subject of all that is kept for a recipient: messages, their sendings, the clock's ledger."""
    found = Notice.query(account, attributes_to_get=["pk", "sk", "su"], consistent_read=True)
    return [(item.sk, item.subject) for item in found]


def before(recipient: str, at: str) -> list[str]:
    """Sort keys of everything kept for a recipient from before a stamp."""
    found: list[str] = []
    for prefix in ("m#", "s#", "z#"):
        bound = Notice.sk.between(prefix, prefix + at)
        found += [item.sk for item in Notice.query(recipient, bound, attributes_to_get=["pk", "sk"])]
    return found


def inbox(account: str, limit: int, before: str | None) -> list[Notice]:
    """Up to `limit` messages of an account, newest first."""
    bound = Notice.sk.between("m#", before) if before else Notice.sk.startswith("m#")
    found = Notice.query(account, bound, scan_index_forward=False, limit=limit + 1, consistent_read=True)
    return [notice for notice in found if notice.sk != before][:limit]


def due(name: str, bucket: int, until: str, limit: int) -> list[Key]:
    """Keys of what waits in a lane's bucket and is due by `until`, the longest due first."""
    answer = models.query(
        Notice.room,
        IndexName=DUE,
        KeyConditionExpression="due = :due AND du <= :until",
        ExpressionAttributeValues={":due": {"S": f"{name}#{bucket}"}, ":until": {"S": until}},
        Limit=limit,
    )
    return [Key(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]


def in_state(state: str, limit: int, before: str | None) -> list[tuple[str, Key]]:
    """Up to `limit` (place, key) of the sendings in a state, newest first, from below the place `before`."""
    bound = " AND pl < :before" if before else ""
    answer = models.query(
        Sending.room,
        IndexName=STATE,
        KeyConditionExpression="st = :state" + bound,
        ExpressionAttributeValues={":state": {"S": state}} | ({":before": {"S": before}} if before else {}),
        ScanIndexForward=False,
        Limit=limit,
    )
    return [(item["pl"]["S"], Key(item["pk"]["S"], item["sk"]["S"])) for item in answer["Items"]]


def several(keys: Sequence[Key]) -> list[Sending]:
    """Those of up to 100 sendings that exist, in the order given."""
    found = {Key(item.pk, item.sk): item for item in Sending.batch_get([tuple(key) for key in keys])} if keys else {}
    return [found[key] for key in keys if key in found]
