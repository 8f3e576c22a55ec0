"""The routes of imports: parse → who may → act → view."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from chalicelib.base import files, settings
from chalicelib.base.bodies import Body
from chalicelib.base.callers import require
from chalicelib.base.problems import BadRequest, FieldFault, NotJson
from chalicelib.base.web import REVIEWERS, Answer, Call, Room
from chalicelib.imports import actions
from chalicelib.imports.template import template
from chalicelib.wishes.change import Attempt

room = Room("imports")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = (
    "text/csv",
    XLSX,
    "application/vnd.ms-excel",
    "application/octet-stream",
    "text/plain",
    "application/csv",
)


class ImportQuery(Body):
    """POST /v1/imports: the register's kind, its round (a roster has none), and whether to write."""

    kind: Literal["wishes", "claims", "roster"]
    round: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    dry_run: bool = False


class TemplateQuery(Body):
    """GET /v1/imports/template.xlsx."""

    kind: Literal["wishes", "claims", "roster"] = "wishes"


@room.route("POST", "/v1/imports", who=REVIEWERS, files=MEDIA, query=ImportQuery, gives={200: actions.Outcome},
            refuses=("unreadable_file", "register_faulty", "round_busy", "round_closed",
                     "unsupported_media"))  # fmt: skip
def import_register(call: Call, query: ImportQuery) -> Answer:
    """Import a register from CSV or XLSX: every fault at once with row and column, all rows or none.

    `wishes` come in as submitted, for liaisons within their subdistricts; `claims` record history and, like the
    `roster`, are an administrator's.
    """
    require(query.kind == "wishes" or call.caller.is_administrator)
    if query.kind != "roster" and query.round is None:  # never into whatever round happens to be current
        raise BadRequest("bad_parameter", errors=[FieldFault("round", "field_missing")], name="round")
    media = (call.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if media and media not in MEDIA:
        raise NotJson("unsupported_media")
    attempt = Attempt(call.caller, call.idempotency_key, call.fingerprint, call.at)
    return Answer(actions.run(query.kind, query.round, call.content, query.dry_run, attempt, call.language))


@room.route("GET", "/v1/imports/template.xlsx", who=REVIEWERS, query=TemplateQuery, gives={200: bytes, 303: None})
def get_template(call: Call, query: TemplateQuery) -> Answer:
    """The register as an empty workbook, with drop-downs and notes.

    API Gateway passes binary bodies only to those who ask for the type by name; everybody else is sent to S3.
    """
    book = template(query.kind, call.language, subdistricts=settings.subdistricts(), categories=settings.categories())
    accept = call.headers.get("accept") or ""
    if XLSX in accept or (settings.is_local_run() and "*/*" in accept):
        disposition = f'attachment; filename="{query.kind}.xlsx"'
        return Answer(book, headers={"Content-Type": XLSX, "Content-Disposition": disposition})
    name = f"templates/{query.kind}-{call.language}.xlsx"
    files.put(name, book, XLSX)
    return Answer("", 303, {"Location": files.link(name)})


@room.route("GET", "/v1/imports/{import_id}", who=REVIEWERS, gives={200: dict[str, Any]})
def show_import(call: Call, import_id: str) -> Answer:
    """How far an import has come, and its outcome."""
    job = actions.show(import_id, call.caller)
    return Answer({**(job.outcome or {}), "id": job.pk, "state": job.state, "started_at": job.started_at})
