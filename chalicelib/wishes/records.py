"""The table `wishes`: a wish's items share its id as partition key; pointers lead to it from outside.

    pk            sk          item
    <wish>        wish        the wish itself, under 1,024 bytes, with the live claim's fields
    <wish>        text        long story, and the declared words where the published ones differ
    <wish>        sealed      the personal fields, sealed
    <wish>        h#000007    the history entry of version 7
    receipt#<r>   receipt     the way from a receipt to its wish
    account#<a>   <time>#<w>  whom the wish is shown to under "my wishes"
    person#<p>    <wish>      a person's keyed hash within a round, for duplicate warnings

Wire names are short because every byte of every act is billed; docs/data-model.md spells them out.
"""

from collections.abc import Iterable, Sequence

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from chalicelib.base import models

ITSELF = "wish"
DUE_BUCKETS = 4


def due_key(shard: int) -> str:
    """The bucket of the due index that wishes of a shard wait in."""
    return f"wish#{shard % DUE_BUCKETS}"


class Wish(models.Record):
    """The wish itself. Whatever changes it raises `version`, and every write is conditional on the version read."""

    room = "wishes"

    version = NumberAttribute(attr_name="v", default=1)
    state = UnicodeAttribute(attr_name="st")
    hidden = BooleanAttribute(attr_name="hi", null=True)
    round = UnicodeAttribute(attr_name="rd")
    shard = NumberAttribute(attr_name="sh", default=0)
    source = UnicodeAttribute(attr_name="no", null=True)  # 编号, the register's own number
    fingerprint = UnicodeAttribute(attr_name="fp", null=True)  # of the register's row
    receipt = UnicodeAttribute(attr_name="rc")
    kind = UnicodeAttribute(attr_name="kd")
    category = UnicodeAttribute(attr_name="ct")
    subject = UnicodeAttribute(attr_name="sj")
    team_size = NumberAttribute(attr_name="ts", null=True)
    title = UnicodeAttribute(attr_name="ti")
    story = UnicodeAttribute(attr_name="sy", null=True)  # absent when it lies beside (sk "text")
    story_beside = BooleanAttribute(attr_name="sb", null=True)
    subdistrict = UnicodeAttribute(attr_name="sd")
    committee = UnicodeAttribute(attr_name="cm")
    wisher_name = UnicodeAttribute(attr_name="wn", null=True)  # masked; absent for minors
    age_band = UnicodeAttribute(attr_name="ab", null=True)
    minor = BooleanAttribute(attr_name="mi", null=True)
    consents = UnicodeAttribute(attr_name="cs", default="")  # letters of what is consented to: p s c f
    declarer = UnicodeAttribute(attr_name="db", null=True)  # account; absent for imported wishes
    by_self = BooleanAttribute(attr_name="sf", null=True)  # the declarer is the wisher
    contact = UnicodeAttribute(attr_name="ca", null=True)  # account of the contact phone
    declared_at = UnicodeAttribute(attr_name="da")
    published_at = UnicodeAttribute(attr_name="pa", null=True)  # first publication
    republished_at = UnicodeAttribute(attr_name="ra", null=True)  # last, where it is not the first
    # the standing claim
    claim = NumberAttribute(attr_name="cl", null=True)  # the version that claimed it; with the id, the claim's id
    claims_before = NumberAttribute(attr_name="cn", default=0)  # how many claims ended unfulfilled
    claimant = UnicodeAttribute(attr_name="cb", null=True)
    claimant_type = UnicodeAttribute(attr_name="cy", null=True)
    basis = UnicodeAttribute(attr_name="bs", null=True)
    sector = UnicodeAttribute(attr_name="se", null=True)
    claimed_at = UnicodeAttribute(attr_name="cd", null=True)
    stage = UnicodeAttribute(attr_name="sg", null=True)
    expires_at = UnicodeAttribute(attr_name="ex", null=True)  # absent while delivery is on its way
    extended = BooleanAttribute(attr_name="xt", null=True)
    visit_at = UnicodeAttribute(attr_name="vi", null=True)
    introduced_at = UnicodeAttribute(attr_name="io", null=True)
    delivered_at = UnicodeAttribute(attr_name="dl", null=True)
    fulfilled_at = UnicodeAttribute(attr_name="fu", null=True)
    reserved_for = UnicodeAttribute(attr_name="rf", null=True)
    reserved_until = UnicodeAttribute(attr_name="ru", null=True)
    carried_from = UnicodeAttribute(attr_name="kf", null=True)  # the wish of an earlier round that this one goes on
    carried_to = UnicodeAttribute(attr_name="kt", null=True)  # the wish of a later round that goes on with this one
    queued_at = UnicodeAttribute(attr_name="qa", null=True)  # its review began anew: returned, resubmitted, verified
    thanks_waiting = BooleanAttribute(attr_name="tw", null=True)  # words of thanks to be moderated lie with its claim
    # index keys, derived from the above at every write (wishes/change.py)
    wall = UnicodeAttribute(attr_name="wall", null=True)
    narrow_key = UnicodeAttribute(attr_name="nk", null=True)
    line = UnicodeAttribute(attr_name="n", null=True)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)
    erased_at = UnicodeAttribute(attr_name="er", null=True)  # the personal side is gone; numbers stay
    reminded = NumberAttribute(attr_name="rm", default=0)  # looks the clock took; what acts are held against


class WishText(models.Record):
    """Long words beside the wish: only what does not fit, and the declared words where they were changed."""

    room = "wishes"

    story = UnicodeAttribute(attr_name="sy", null=True)
    declared_title = UnicodeAttribute(attr_name="dt", null=True)
    declared_story = UnicodeAttribute(attr_name="ds", null=True)


class SealedWish(models.Record):
    """The personal fields, one ciphertext."""

    room = "wishes"

    sealed = BinaryAttribute(attr_name="sl", legacy_encoding=False)


class HistoryEntry(models.Record):
    """One act: who, when, from, to, why. sk "h#<version>" makes a second entry of one version impossible."""

    room = "wishes"

    act = UnicodeAttribute(attr_name="a")
    at = UnicodeAttribute(attr_name="t")
    by = UnicodeAttribute(attr_name="b")
    role = UnicodeAttribute(attr_name="r", null=True)
    from_state = UnicodeAttribute(attr_name="f", null=True)
    to_state = UnicodeAttribute(attr_name="o")
    reason = UnicodeAttribute(attr_name="y", null=True)
    reason_code = UnicodeAttribute(attr_name="yc", null=True)
    claim = NumberAttribute(attr_name="cl", null=True)
    imported = BooleanAttribute(attr_name="im", null=True)
    sealed = BinaryAttribute(attr_name="sl", legacy_encoding=False, null=True)  # the act's own record
    key = UnicodeAttribute(attr_name="ik", null=True)
    fingerprint = UnicodeAttribute(attr_name="if", null=True)
    status = NumberAttribute(attr_name="is", null=True)


class Receipt(models.Record):
    """pk: "receipt#<code>". `last4` is a keyed hash of the contact phone's last four digits with the receipt."""

    room = "wishes"

    wish = UnicodeAttribute(attr_name="w")
    last4 = UnicodeAttribute(attr_name="l", null=True)


class MyWish(models.Record):
    """pk: "account#<account>", sk: "<declared_at>#<wish>"."""

    room = "wishes"

    wish = UnicodeAttribute(attr_name="w")


class SamePerson(models.Record):
    """pk: "person#<round>#<keyed hash>", sk: the wish."""

    room = "wishes"


def get(wish_id: str, *, strongly: bool) -> Wish | None:
    """The wish: 0.5 read units, or 1 strongly consistent."""
    return Wish.find(wish_id, ITSELF, strongly=strongly)


def text(wish_id: str) -> WishText | None:
    """The words beside the wish."""
    return WishText.find(wish_id, "text", strongly=True)


def stories(wish_ids: Iterable[str]) -> dict[str, str]:
    """The long stories of up to 100 wishes."""
    found = WishText.batch_get([(wish_id, "text") for wish_id in wish_ids])
    return {item.pk: item.story for item in found if item.story}


def sealed(wish_id: str) -> SealedWish | None:
    """The sealed fields; None once erased."""
    return SealedWish.find(wish_id, "sealed", strongly=True)


def sealed_several(wish_ids: Iterable[str]) -> dict[str, bytes]:
    """The sealed fields of up to 100 wishes, of those that have some."""
    return {item.pk: item.sealed for item in SealedWish.batch_get([(each, "sealed") for each in wish_ids])}


def last_entry(wish_id: str) -> HistoryEntry | None:
    """The wish's latest entry of its own (a claim made last is not among them)."""
    found = HistoryEntry.query(wish_id, HistoryEntry.sk.startswith("h#"), scan_index_forward=False, limit=1)
    return next(iter(found), None)


def history(wish_id: str) -> list[HistoryEntry]:
    """All entries of a wish in the order they happened, strongly consistent."""
    return list(HistoryEntry.query(wish_id, HistoryEntry.sk.startswith("h#"), consistent_read=True))


def with_key(wish_id: str, key: str) -> HistoryEntry | None:
    """The entry an Idempotency-Key left."""
    found = HistoryEntry.query(wish_id, HistoryEntry.sk.startswith("h#"), HistoryEntry.key == key, consistent_read=True)
    return next(iter(found), None)


def receipt(code: str) -> Receipt | None:
    """Where a receipt leads."""
    return Receipt.find(f"receipt#{code}", "receipt", strongly=False)


def same_person(round_id: str, hashes: Iterable[str]) -> set[str]:
    """Ids of the wishes in the round that share one of the keyed hashes."""
    return {pointer.sk for each in hashes for pointer in SamePerson.query(f"person#{round_id}#{each}")}


def mine(account: str, limit: int, before: str | None) -> list[MyWish]:
    """Pointers to an account's wishes, newest first, below the sort key `before`."""
    bound = MyWish.sk < before if before else None
    return list(MyWish.query(f"account#{account}", bound, scan_index_forward=False, limit=limit, consistent_read=True))


def several(wish_ids: Sequence[str]) -> list[Wish]:
    """The wishes of the ids that exist, in the order given; 0.5 read units each."""
    found = {wish.pk: wish for wish in Wish.batch_get([(each, ITSELF) for each in wish_ids])} if wish_ids else {}
    return [found[each] for each in wish_ids if each in found]
