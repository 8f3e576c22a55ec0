"""Two acts on one wish that cannot both have their way: what each race starts from, and how it may end."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.people import COMPANY, Staff, verification
from tests.races.contenders import Request

Acts = tuple[str, Request, Request]  # the wish's id, and the two who act on it
Deed = tuple[str, str, object]  # who, the act, its body
Ending = tuple[int, int, str]  # the two statuses, and the wish's state then


@dataclass(frozen=True)
class Pair:
    """`start` makes a wish and the two requests; `endings` are all the ways it may end, whoever is first."""

    name: str
    start: Callable[[Staff, str], Acts]
    endings: frozenset[Ending]


def _post(token: str, path: str, body: object) -> Request:
    return Request(token, "POST", path, body)


def _on_wish(prepare: str, first: Deed, second: Deed) -> Callable[..., Acts]:
    """Both act on a wish that is `prepare`d; each is (who, act, body)."""

    def start(staff: Staff, round_id: str) -> Acts:
        made = getattr(staff, prepare)(round_id)
        wish = made["id"]
        one, two = (
            _post(getattr(staff, who).token, f"/v1/wishes/{wish}/{act}", body) for who, act, body in (first, second)
        )
        return wish, one, two

    return start


def _on_claim(first: Deed, second: Deed, *, delivered: bool = False, awaited: bool = False) -> Callable[..., Acts]:
    """Both act on the member's claim, live or delivered, or with the company on standby.

    An act on the wish itself is written "wish/<act>", its undoing "DELETE wish/<act>".
    """

    def start(staff: Staff, round_id: str) -> Acts:
        made, claim = staff.claimed(round_id)
        if awaited:
            staff.company.must("POST", f"/v1/wishes/{made['id']}/standby", {})
        if delivered:
            staff.member.must("POST", f"/v1/claims/{claim['id']}/deliver", {})
        return made["id"], *_both(staff, made["id"], claim["id"], first, second)

    return start


def _kept(first: Deed, second: Deed, *, offered: bool = False) -> Callable[..., Acts]:
    """Both act on a wish that is kept for the company: the next on standby, or the one it was offered to."""

    def start(staff: Staff, round_id: str) -> Acts:
        if offered:
            made = staff.published(round_id)
            staff.local.must("POST", f"/v1/wishes/{made['id']}/offer", {"account": staff.company.account})
        else:
            made, claim = staff.claimed(round_id)
            staff.company.must("POST", f"/v1/wishes/{made['id']}/standby", {})
            staff.member.must("POST", f"/v1/claims/{claim['id']}/release", {})
        return made["id"], *_both(staff, made["id"], "", first, second)

    return start


def _both(staff: Staff, wish: str, claim: str, first: Deed, second: Deed) -> tuple[Request, Request]:
    def request(who: str, act: str, body: object) -> Request:
        method, _, name = act.rpartition(" ")
        path = f"/v1/wishes/{wish}/{name[5:]}" if name.startswith("wish/") else f"/v1/claims/{claim}/{name}"
        return Request(getattr(staff, who).token, method or "POST", path, body)

    return request(*first), request(*second)


_WHY = {"reason": "情况有变"}
_CHECKED = {"method": "phone"}

PAIRS = (
    Pair("verify and reject", _on_wish("declared", ("local", "verify", verification()), ("liaison", "reject", _WHY)),
         frozenset({(200, 200, "rejected"), (409, 200, "rejected")})),
    Pair("publish twice", _on_wish("verified", ("local", "publish", {}), ("liaison", "publish", {})),
         frozenset({(200, 409, "published"), (409, 200, "published")})),
    Pair("publish and return", _on_wish("verified", ("local", "publish", {}), ("liaison", "return", _WHY)),
         frozenset({(200, 409, "published"), (409, 200, "returned")})),
    Pair("claim and withdraw", _on_wish("published", ("member", "claim", {}), ("local", "withdraw", _WHY)),
         frozenset({(201, 200, "withdrawn"), (404, 200, "withdrawn")})),
    Pair("claim and hide", _on_wish("published", ("member", "claim", {}), ("local", "hide", {})),
         frozenset({(201, 200, "claimed"), (404, 200, "published")})),
    Pair("release and claim", _on_claim(("member", "release", {}), ("company", "wish/claim", {})),
         frozenset({(200, 201, "claimed"), (200, 409, "published")})),
    Pair("release and revoke", _on_claim(("member", "release", {}), ("local", "revoke", _WHY)),
         frozenset({(200, 409, "published"), (409, 200, "published")})),
    Pair("deliver and revoke", _on_claim(("member", "deliver", {}), ("local", "revoke", _WHY)),
         frozenset({(200, 409, "delivered"), (409, 200, "published")})),
    Pair("deliver and withdraw", _on_claim(("member", "deliver", {}), ("local", "wish/withdraw", _WHY)),
         frozenset({(200, 409, "delivered"), (409, 200, "withdrawn")})),
    Pair("progress and revoke", _on_claim(("member", "progress", {"stage": "prepared"}), ("local", "revoke", _WHY)),
         frozenset({(200, 200, "published"), (409, 200, "published")})),
    Pair("extend twice", _on_claim(("member", "extend", {}), ("local", "extend", {})),
         frozenset({(200, 409, "claimed"), (409, 200, "claimed")})),
    Pair("confirm twice", _on_claim(("local", "confirm", _CHECKED), ("liaison", "confirm", _CHECKED), delivered=True),
         frozenset({(200, 409, "fulfilled"), (409, 200, "fulfilled")})),
    Pair("confirm and not received",
         _on_claim(("local", "confirm", _CHECKED), ("citizen", "return", {"reason": "not_received"}), delivered=True),
         frozenset({(200, 409, "fulfilled"), (409, 200, "claimed")})),
    Pair("release and go on standby", _on_claim(("member", "release", {}), ("company", "wish/standby", {})),
         frozenset({(200, 201, "published"), (200, 409, "published")})),
    Pair("release and leave the queue",
         _on_claim(("member", "release", {}), ("company", "DELETE wish/standby", None), awaited=True),
         frozenset({(200, 204, "published")})),
    Pair("release and withdraw what is waited for",
         _on_claim(("member", "release", {}), ("local", "wish/withdraw", _WHY), awaited=True),
         frozenset({(200, 200, "withdrawn"), (409, 200, "withdrawn")})),
    Pair("claim and decline", _kept(("company", "wish/claim", {}), ("company", "DELETE wish/standby", None)),
         frozenset({(201, 204, "claimed")})),
    Pair("claim and withdraw what is kept", _kept(("company", "wish/claim", {}), ("local", "wish/withdraw", _WHY)),
         frozenset({(201, 200, "withdrawn"), (404, 200, "withdrawn")})),
    Pair("decline and go on standby",
         _kept(("company", "DELETE wish/standby", None), ("worker", "wish/standby", {})),
         frozenset({(204, 201, "published"), (204, 409, "published")})),
    Pair("offer and claim",
         _on_wish("published", ("local", "offer", {"phone": COMPANY}), ("member", "claim", {})),
         frozenset({(200, 409, "published"), (409, 201, "claimed")})),
    Pair("offer twice",
         _on_wish("published", ("local", "offer", {"phone": COMPANY}), ("liaison", "offer", {"phone": COMPANY})),
         frozenset({(200, 409, "published"), (409, 200, "published")})),
    Pair("claim and take back",
         _kept(("company", "wish/claim", {}), ("local", "DELETE wish/offer", None), offered=True),
         frozenset({(201, 204, "claimed")})),
    Pair("decline and take back",
         _kept(("company", "DELETE wish/offer", None), ("local", "DELETE wish/offer", None), offered=True),
         frozenset({(204, 204, "published"), (409, 204, "published")})),
    Pair("go on standby and take back",
         _kept(("worker", "wish/standby", {}), ("local", "DELETE wish/offer", None), offered=True),
         frozenset({(201, 204, "published"), (409, 204, "published")})),
)  # fmt: skip
