"""Two acts on one wish that cannot both have their way: what each race starts from, and how it may end."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.people import Staff, verification
from tests.races.contenders import Request

Acts = tuple[str, Request, Request]  # the wish's id, and the two who act on it
Ending = tuple[int, int, str]  # the two statuses, and the wish's state then


@dataclass(frozen=True)
class Pair:
    """`start` makes a wish and the two requests; `endings` are all the ways it may end, whoever is first."""

    name: str
    start: Callable[[Staff, str], Acts]
    endings: frozenset[Ending]


def _post(token: str, path: str, body: object) -> Request:
    return Request(token, "POST", path, body)


def _on_wish(prepare: str, first: tuple[str, str, object], second: tuple[str, str, object]) -> Callable[..., Acts]:
    """Both act on a wish that is `prepare`d; each is (who, act, body)."""

    def start(staff: Staff, round_id: str) -> Acts:
        made = getattr(staff, prepare)(round_id)
        wish = made["id"]
        one, two = (
            _post(getattr(staff, who).token, f"/v1/wishes/{wish}/{act}", body) for who, act, body in (first, second)
        )
        return wish, one, two

    return start


def _on_claim(
    first: tuple[str, str, object], second: tuple[str, str, object], *, delivered: bool = False
) -> Callable[..., Acts]:
    """Both act on the member's claim, live or delivered; an act on the wish itself is written "wish/<act>"."""

    def start(staff: Staff, round_id: str) -> Acts:
        made, claim = staff.claimed(round_id)
        if delivered:
            staff.member.must("POST", f"/v1/claims/{claim['id']}/deliver", {})
        one, two = (
            _post(
                getattr(staff, who).token,
                f"/v1/wishes/{made['id']}/{act[5:]}" if act.startswith("wish/") else f"/v1/claims/{claim['id']}/{act}",
                body,
            )
            for who, act, body in (first, second)
        )
        return made["id"], one, two

    return start


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
)  # fmt: skip
