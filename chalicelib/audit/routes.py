"""The routes of the audit trail: parse → who may → act → view."""

from typing import Annotated

from msgspec import Meta

from chalicelib.audit import actions, views
from chalicelib.audit.rules import Verification
from chalicelib.base import paging
from chalicelib.base.bodies import Body
from chalicelib.base.web import ADMINISTRATORS, Answer, Call, Room

room = Room("audit")

Subject = Annotated[str, Meta(min_length=1, max_length=130)]
"""`wish/<id>`, `account/<id>`, `report/<round>/<edition>`, `import/<id>`, `audit`; or a bare id."""

Seq = Annotated[int, Meta(ge=1, lt=10**12)]


class SubjectQuery(Body):
    """Whose trail."""

    subject: Subject


class PageQuery(SubjectQuery):
    """Whose trail, limit and cursor."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


@room.route("GET", "/v1/audit", who=ADMINISTRATORS, query=PageQuery, gives={200: views.EntryPage})
def list_entries(call: Call, query: PageQuery) -> Answer:
    """Who saw, gave or handed out what of a subject, newest first.

    Subjects: `wish/<id>`, `account/<id>`, `report/<round>`, `report/<round>/<edition>`, `import/<id>`, and `audit`,
    where reading the trail itself is recorded. A bare id stands for the wish, account or import that has it.
    """
    subject = actions.subject_of(query.subject)
    below = paging.place(f"audit#{subject}", query.cursor, tuple[Seq])[0] if query.cursor else None
    shown, more = actions.page(subject, query.limit, below, call.caller)
    following = paging.cursor(f"audit#{subject}", (shown[-1].seq,)) if more else None
    return Answer(views.EntryPage([views.one(entry) for entry in shown], following))


@room.route("GET", "/v1/audit/verify", who=ADMINISTRATORS, query=SubjectQuery, gives={200: Verification})
def verify_entries(call: Call, query: SubjectQuery) -> Answer:
    """Whether a subject's entries are whole: none missing, altered or out of order."""
    return Answer(actions.verify(actions.subject_of(query.subject), call.caller))


@room.route("GET", "/v1/audit/export", who=ADMINISTRATORS, query=SubjectQuery, gives={200: views.Export})
def export_entries(call: Call, query: SubjectQuery) -> Answer:
    """A subject's entries as CSV behind a link that expires, with all that is needed to recompute the hashes."""
    subject = actions.subject_of(query.subject)
    return Answer(views.Export(subject, *actions.export(subject, call.caller)))
