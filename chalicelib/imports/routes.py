"""The routes of imports: parse → who may → act → view."""

from typing import Annotated, Literal

from msgspec import Meta

from chalicelib.base import bodies, files, settings
from chalicelib.base.bodies import Body
from chalicelib.base.callers import require
from chalicelib.base.problems import BadRequest, FieldFault, NotJson
from chalicelib.base.web import REVIEWERS, Answer, Call, Room
from chalicelib.imports import actions, exporting, views
from chalicelib.imports.outcome import Outcome
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
    "application/json",
)


class ImportQuery(Body):
    """POST /v1/imports: the register's kind, its round (a roster has none), and whether to write."""

    kind: Literal["wishes", "claims", "roster"]
    round: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    dry_run: bool = False


class UploadedBody(Body):
    """The register as an upload's key, where it is larger than a request may be."""

    key: Annotated[str, Meta(min_length=1, max_length=300)]


class ExportBody(Body):
    """POST /v1/exports."""

    round: Annotated[str, Meta(min_length=1, max_length=40)]
    kind: Literal["wishes"] = "wishes"
    format: exporting.Form = "xlsx"


class TemplateQuery(Body):
    """GET /v1/imports/template.xlsx."""

    kind: Literal["wishes", "claims", "roster"] = "wishes"


@room.route("POST", "/v1/imports", who=REVIEWERS, files=MEDIA, query=ImportQuery,
            gives={200: Outcome, 202: views.Job},
            refuses=("unreadable_file", "register_faulty", "round_busy", "round_closed",
                     "unsupported_media"))  # fmt: skip
def import_register(call: Call, query: ImportQuery) -> Answer:
    """Import a register from CSV or XLSX: every fault at once with row and column, all rows or none.

    A register above 4 MB is uploaded first and named as JSON, `{"key": ...}`: that answers 202 with a job to poll at
    `/v1/imports/{id}`, and so does a register whose rows take longer than a sender can wait.

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
    if media == "application/json":
        key = bodies.parse(call.content, UploadedBody).key
        job = actions.start(query.kind, query.round, key, query.dry_run, attempt, call.language)
        return Answer(views.job(job), 202, {"Location": f"/v1/imports/{job.pk}"})
    made = actions.run(query.kind, query.round, call.content, query.dry_run, attempt, call.language)
    if isinstance(made, Outcome):
        return Answer(made)
    return Answer(views.job(made), 202, {"Location": f"/v1/imports/{made.pk}"})


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


@room.route("GET", "/v1/imports/{import_id}", who=REVIEWERS, gives={200: views.Job})
def show_import(call: Call, import_id: str) -> Answer:
    """How far an import has come, and its outcome."""
    return Answer(views.job(actions.show(import_id, call.caller)))


@room.route("POST", "/v1/exports", who=REVIEWERS, takes=ExportBody, gives={201: views.Export})
def export_register(call: Call, body: ExportBody) -> Answer:
    """The register of a round as a file to edit and import again, behind a link good for five minutes.

    Liaisons get the wishes of their subdistricts, administrators all of them, personal fields included; recorded.
    """
    name, rows, size = exporting.export(body.round, body.format, call.caller)
    return Answer(views.Export(body.kind, body.format, name, rows, size, files.link(name)), 201)
