"""The table `accounts`: people, the way from a phone to its account, roles, sign-in codes, sessions."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.base import models

ITSELF = "account"


class Account(models.Record):
    """pk: the account's id. Phone and name are sealed; nothing in clear tells who it is."""

    room = "accounts"

    version = NumberAttribute(attr_name="v", default=1)
    roles = UnicodeSetAttribute(attr_name="ro", null=True)
    subdistricts = UnicodeSetAttribute(attr_name="sd", null=True)
    committees: ListAttribute[Any] = ListAttribute(attr_name="cm", null=True)  # [[subdistrict, committee], ...]
    claimant_type = UnicodeAttribute(attr_name="cy", default="citizen")
    basis = UnicodeAttribute(attr_name="bs", default="declared")
    branch = UnicodeAttribute(attr_name="br", null=True)
    sector = UnicodeAttribute(attr_name="se", null=True)
    organisations = UnicodeSetAttribute(attr_name="og", null=True)  # accounts this person acts for
    applies_for = UnicodeAttribute(
        attr_name="af", null=True
    )  # an organisation's type, until an administrator grants it
    openid = UnicodeAttribute(attr_name="oi", null=True)  # keyed hash of the linked WeChat user's
    applied_at = UnicodeAttribute(attr_name="aa", null=True)
    language = UnicodeAttribute(attr_name="la", null=True)
    sealed = BinaryAttribute(attr_name="sl", legacy_encoding=False, null=True)
    channels: Any = JSONAttribute(attr_name="ch", null=True)  # kind of message → channels its holder chose for it
    epoch = NumberAttribute(attr_name="ep", default=0)  # raised by signing out everywhere
    created_at = UnicodeAttribute(attr_name="ca", null=True)
    fingerprint = UnicodeAttribute(attr_name="if", null=True)  # of the request that made it under an Idempotency-Key


class Pointer(models.Record):
    """From a phone, or a WeChat user, to the account.

    pk: "phone#<blind index>", written once, with the account; "openid#<blind index>", written when they are linked.
    """

    room = "accounts"

    account = UnicodeAttribute(attr_name="ac")


class RoleHolder(models.Record):
    """pk: "role#liaison", sk: the account. Who holds a role, so that digests find their readers without a scan."""

    room = "accounts"

    subdistricts = UnicodeSetAttribute(attr_name="sd", null=True)


class Membership(models.Record):
    """pk: "organisation#<account>", sk: the member's account. Who acts for an organisation, without a scan."""

    room = "accounts"

    since = UnicodeAttribute(attr_name="si")


class Application(models.Record):
    """pk: "applications", sk: "<applied_at>#<account>". Who waits for an administrator's decision."""

    room = "accounts"

    applies_for = UnicodeAttribute(attr_name="af")


class Decision(models.Record):
    """pk: "application#<account>", sk: "<applied_at>#<version>". How an application was decided, and by whom."""

    room = "accounts"

    decision = UnicodeAttribute(attr_name="d")
    by = UnicodeAttribute(attr_name="by")
    at = UnicodeAttribute(attr_name="at")
    key = UnicodeAttribute(attr_name="ik", null=True)
    fingerprint = UnicodeAttribute(attr_name="if", null=True)


class SignInCode(models.Record):
    """pk: "code#<blind index of the phone>". Only the code's keyed hash is kept; DynamoDB's TTL sweeps it."""

    room = "accounts"

    hashed = UnicodeAttribute(attr_name="h")
    tries_left = NumberAttribute(attr_name="t")
    expires = NumberAttribute(attr_name="x")  # epoch seconds
    ttl = NumberAttribute(attr_name="ttl")


class UsedState(models.Record):
    """pk: "wechat#<state>". A way back from WeChat that was taken; DynamoDB's TTL sweeps it."""

    room = "accounts"

    token = UnicodeAttribute(attr_name="tk")  # of the writing itself
    ttl = NumberAttribute(attr_name="ttl")


class Session(models.Record):
    """pk: "session#<id>". `generation` counts refreshes: an older token than the last is a stolen one."""

    room = "accounts"

    account = UnicodeAttribute(attr_name="ac")
    epoch = NumberAttribute(attr_name="ep", default=0)  # the account's when the session began
    generation = NumberAttribute(attr_name="g")
    refreshed = NumberAttribute(attr_name="r")  # epoch seconds
    ttl = NumberAttribute(attr_name="ttl")


class Tally(models.Record):
    """pk: "tally#<what>#<window>". Counts tries in a window of time, then vanishes."""

    room = "accounts"

    counted = NumberAttribute(attr_name="n")
    ttl = NumberAttribute(attr_name="ttl")


def account(account_id: str, *, strongly: bool = False) -> Account | None:
    """The account by its id."""
    return Account.find(account_id, ITSELF, strongly=strongly)


def pointer(blind_phone: str) -> Pointer | None:
    """The way from a phone's blind index to its account (strongly consistent: it was perhaps made just now)."""
    return Pointer.find(f"phone#{blind_phone}", "phone", strongly=True)


def openid_pointer(blind_openid: str) -> Pointer | None:
    """The way from a WeChat user's blind index to their account."""
    return Pointer.find(f"openid#{blind_openid}", "openid", strongly=True)


def pointers(blinded: list[str]) -> dict[str, str]:
    """Blind index → account of those phones that have one; any number of them."""
    keys = [(f"phone#{each}", "phone") for each in blinded]
    return {item.pk.removeprefix("phone#"): item.account for item in Pointer.batch_get(keys)} if keys else {}


def accounts(account_ids: list[str]) -> dict[str, Account]:
    """The accounts of the ids that exist."""
    keys = [(each, ITSELF) for each in account_ids]
    return {item.pk: item for item in Account.batch_get(keys)} if keys else {}


def sign_in_code(blind_phone: str) -> SignInCode | None:
    """The code waiting for a phone."""
    return SignInCode.find(f"code#{blind_phone}", "code", strongly=True)


def session(session_id: str) -> Session | None:
    """The session by its id."""
    return Session.find(f"session#{session_id}", "session", strongly=True)


def holders(
    role: str, limit: int | None = None, after: str | None = None, *, strongly: bool = False
) -> list[RoleHolder]:
    """Everybody who holds the role by account id, or up to `limit` after one; one read unit per some forty holders."""
    above = RoleHolder.sk > after if after else None
    return list(RoleHolder.query(f"role#{role}", above, limit=limit, consistent_read=strongly))


def members(organisation: str, limit: int | None = None, after: str | None = None) -> list[Membership]:
    """Up to `limit` members of an organisation by account id, after one; strongly consistent."""
    above = Membership.sk > after if after else None
    return list(Membership.query(f"organisation#{organisation}", above, limit=limit, consistent_read=True))


def applications(applies_for: str | None, limit: int, after: str | None) -> list[Application]:
    """Up to `limit` open applications (for one type, or any), the longest waiting first, after a sort key."""
    above = Application.sk > after if after else None
    of_type = Application.applies_for == applies_for if applies_for else None
    return list(Application.query("applications", above, of_type, limit=limit))


def decision(account_id: str, key: str) -> Decision | None:
    """The decision an Idempotency-Key left on an account's applications."""
    found = Decision.query(f"application#{account_id}", None, Decision.key == key, consistent_read=True)
    return next(iter(found), None)
