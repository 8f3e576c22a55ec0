"""People who call the API in tests: signed in through real codes, each call a line, each answer unpacked."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

PLACE = "南码头路街道"
COMMITTEE = "第一居民区"
ADMINISTRATOR, LIAISON, LOCAL_LIAISON, OBSERVER = "17000090001", "17000090002", "17000090003", "17000090004"
PARTY_MEMBER, COMPANY, WORKER, CITIZEN = "17000090005", "17000090006", "17000090007", "17000090008"


@dataclass
class Reply:
    """An answer: its status, its JSON, its headers."""

    status: int
    json: Any
    headers: Mapping[str, str]
    text: str
    raw: bytes = b""

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.json["code"])


@dataclass
class Api:
    """The API as one caller sees it."""

    token: str = ""
    outbox: list[Any] = field(default_factory=list)
    account: str = ""
    strict: bool = False  # an answer of 500 or above fails the test, whatever it looks for

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        version: int | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        **query: Any,
    ) -> Reply:
        """One request through Chalice, as API Gateway would hand it over."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        sent |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {"Idempotency-Key": key} if key else {}
        sent |= {"If-Match": str(version)} if version is not None else {}
        sent |= dict(headers or {})
        content = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        reply = self._send(method, path + (f"?{urlencode(query)}" if query else ""), sent, content)
        assert reply.status < 500 or not self.strict, (method, path, reply.status, reply.json)
        return reply

    def _send(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Reply:
        from chalice.config import Config
        from chalice.local import ForbiddenError, LocalGateway

        import app

        gateway = LocalGateway(app.app, Config())
        try:
            answer = gateway.handle_request(method, path, headers, content)
        except ForbiddenError:
            return Reply(404, {"code": "not_found"}, {}, "")
        text = answer["body"] or ""
        if answer.get("isBase64Encoded"):
            return Reply(answer["statusCode"], None, answer["headers"], "", base64.b64decode(text))
        is_json = "json" in answer["headers"].get("Content-Type", "")
        return Reply(answer["statusCode"], json.loads(text) if text and is_json else None, answer["headers"], text)

    def get(self, path: str, **query: Any) -> Reply:
        """GET."""
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        """POST a JSON body ({} by default)."""
        return self.call("POST", path, {} if body is None else body, **options)

    def must(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The JSON of a call that has to succeed."""
        reply = self.call(method, path, body, **options)
        assert reply.status < 300, (method, path, reply.status, reply.json)
        return reply.json

    def sign_in(self, phone: str) -> Api:
        """Somebody else, signed in by the code in the outbox."""
        self.must("POST", "/v1/auth/codes", {"phone": phone})
        code = next(message.code for message in reversed(self.outbox) if message.to == phone and message.code)
        tokens = self.must("POST", "/v1/auth/tokens", {"phone": phone, "code": code})
        return Api(tokens["access_token"], self.outbox, tokens["account"], self.strict)

    def staff(self) -> Staff:
        """The usual staff, made and signed in."""
        from chalicelib.accounts.actions import seed_account

        seed_account(ADMINISTRATOR, name="管理员", roles=["administrator"])
        seed_account(LIAISON, name="总联络员", roles=["liaison"], subdistricts=["*"])
        seed_account(LOCAL_LIAISON, name="街道联络员", roles=["liaison"], subdistricts=[PLACE])
        seed_account(OBSERVER, name="观察员", roles=["observer"])
        seed_account(PARTY_MEMBER, name="党员甲", claimant_type="party_member")
        seed_account(COMPANY, name="某公司", claimant_type="company")
        seed_account(WORKER, name="居村工作者", roles=["committee_worker"], committees=[(PLACE, COMMITTEE)])
        phones = (ADMINISTRATOR, LIAISON, LOCAL_LIAISON, OBSERVER, WORKER, PARTY_MEMBER, COMPANY, CITIZEN)
        return Staff(*(self.sign_in(phone) for phone in phones))


@dataclass
class Staff:
    """Everybody who is somebody."""

    administrator: Api
    liaison: Api
    local: Api
    observer: Api
    worker: Api
    member: Api
    company: Api
    citizen: Api

    def open_round(self, number: int = 2, **changes: Any) -> str:
        """A round open for claims now."""
        from datetime import timedelta

        from chalicelib.base import clock

        now = clock.now()
        body = {
            "number": number,
            "name": f"第{number}期",
            "declare_from": clock.stamp(now - timedelta(days=2)),
            "claim_from": clock.stamp(now - timedelta(days=1)),
            "claim_until": clock.stamp(now + timedelta(days=30)),
            "deliver_until": clock.stamp(now + timedelta(days=60)),
        } | changes
        return str(self.administrator.must("POST", "/v1/rounds", body)["id"])

    def declared(self, round_id: str, **changes: Any) -> dict[str, Any]:
        """A wish declared by the citizen."""
        found: dict[str, Any] = self.citizen.must("POST", "/v1/wishes", wish(round_id, **changes))
        return found

    def verified(self, round_id: str, **changes: Any) -> dict[str, Any]:
        """A wish the local liaison has verified."""
        made = self.declared(round_id, **changes)
        self.local.must("POST", f"/v1/wishes/{made['id']}/verify", verification())
        return made

    def published(self, round_id: str, **changes: Any) -> dict[str, Any]:
        """A wish anybody can claim."""
        made = self.verified(round_id, **changes)
        self.local.must("POST", f"/v1/wishes/{made['id']}/publish", {})
        return made

    def claimed(self, round_id: str, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """A wish and the party member's claim for it."""
        made = self.published(round_id, **changes)
        return made, self.member.must("POST", f"/v1/wishes/{made['id']}/claim", {})


def verification() -> dict[str, Any]:
    """A verification on the safe side of every clock."""
    return {"method": "visit", "identity": True, "income": "confirmed", "feasible": True, "on": "2026-01-05"}


def wish(round_id: str, **changes: Any) -> dict[str, Any]:
    """A declaration's body, complete; changes replace whole fields."""
    return {
        "round": round_id,
        "subject": "individual",
        "kind": "material",
        "category": "生活电器",
        "title": "一个电饭煲",
        "story": "家里的电饭煲坏了，想要一个新的",
        "subdistrict": PLACE,
        "committee": COMMITTEE,
        "wisher": {
            "name": "秦明华",
            "gender": "female",
            "birth_year": 1948,
            "phone": "17000091234",
            "address": "浦东某路1号",
        },
        "circumstances": {"difficulty": "低保", "monthly_income": 1200, "household_size": 2},
        "declared_by": {"self": True},
        "consent": {
            "process": True,
            "publish_story": True,
            "share_contact": True,
            "photos": False,
            "by": "self",
            "method": "signed",
        },
    } | changes
