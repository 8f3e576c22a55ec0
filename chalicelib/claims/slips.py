"""The wisher's slip: who may have it, and what it says. Every look at one is recorded, for its code confirms."""

from typing import Final

from chalicelib.base.callers import Caller, require
from chalicelib.base.problems import Conflict, Forbidden, NotFound
from chalicelib.claims import confirming, records, rules, standing, views
from chalicelib.wishes import actions as wishes
from chalicelib.wishes import auditing
from chalicelib.wishes.actions import Wish

HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def slip(claim_id: str, caller: Caller, origin: str) -> str:
    """The slip of a claim under way, as a page to print.

    For the wisher's side and the committee's worker (product.md section 2), never for anybody who acts for the
    claimant. Raises Forbidden `own_claim`, NotFound, Conflict `claim_over`; Unavailable where the look cannot be
    recorded.
    """
    from chalicelib.claims import slip_page  # draws QR codes; nobody else needs that

    wish, record = standing.find(claim_id)
    _require_entitled(wish, record, caller)
    if not standing.stands(wish, record) or wish.state not in rules.OPEN:
        raise Conflict("claim_over", extra={"state": views.state_of(wish, record)})
    auditing.seen(wish, caller, "viewed_slip", claim=claim_id)
    code = confirming.slip_code(claim_id)
    # What follows the # never leaves the phone that scans it: no server sees it, no log keeps it.
    link = f"{origin}/confirm#{claim_id}.{code}"
    return slip_page.render(wish.title, code, link, f"{wish.subdistrict}{wish.committee}")


def _require_entitled(wish: Wish, record: records.ClaimRecord, caller: Caller) -> None:
    require(not standing.is_claimant(caller, record), "own_claim")
    if caller.works_for(wish.subdistrict, wish.committee) or wishes.is_wisher(wish, caller):
        return
    raise Forbidden() if caller.serves(wish.subdistrict, wish.committee) else NotFound()
