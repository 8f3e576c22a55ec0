"""The composition root: the Chalice app, one blueprint per room, the scheduled functions, the worker. No logic."""

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib.accounts import standing
from chalicelib.accounts.routes import room as accounts_room
from chalicelib.audit.routes import room as audit_room
from chalicelib.base import invocations, logs, tables, web
from chalicelib.base.deadline import Deadline
from chalicelib.base.routes import room as base_room
from chalicelib.claims.routes import room as claims_room
from chalicelib.claims.slip_routes import room as slips_room
from chalicelib.desk.routes import room as desk_room
from chalicelib.imports import actions as imports
from chalicelib.imports.routes import room as imports_room
from chalicelib.notices import queue
from chalicelib.notices.routes import room as notices_room
from chalicelib.privacy.routes import room as privacy_room
from chalicelib.reminders import actions as reminders
from chalicelib.reports.routes import room as reports_room
from chalicelib.rounds.routes import room as rounds_room
from chalicelib.uploads.routes import room as uploads_room
from chalicelib.wishes.routes import room as wishes_room

app = Chalice(app_name="microwish")
app.log.setLevel("INFO")  # Chalice's own default hides warnings: a channel that fails must be seen
logs.set_up(app.log)
app.register_middleware(invocations.answered, "http")
for event_type in ("scheduled", "sqs", "pure_lambda"):
    app.register_middleware(invocations.ran, event_type)
app.api.binary_types = web.BINARY_TYPES
web.set_authenticator(standing.caller)
tables.after_commit(queue.announce)

for room in (
    base_room,
    accounts_room,
    rounds_room,
    wishes_room,
    claims_room,
    slips_room,
    uploads_room,
    desk_room,
    imports_room,
    reports_room,
    notices_room,
    audit_room,
    privacy_room,
):
    app.register_blueprint(room.blueprint)


@app.schedule(
    Rate(15, unit=Rate.MINUTES),
    name="reminders",
    description="Wishes that wait too long, to whom they wait for: one digest per reader, kind and due date.",
)
def remind(event: CloudWatchEvent) -> dict[str, int]:
    """Send the reminders that are due."""
    return reminders.remind(Deadline.of(event.context.get_remaining_time_in_millis))


@app.schedule(
    Rate(1, unit=Rate.HOURS),
    name="summaries",
    description="The daily summary of every open round, once a day.",
)
def summarise(event: object) -> dict[str, int]:
    """Make today's summaries that are not made yet."""
    return reminders.summarise()


@app.schedule(
    Rate(1, unit=Rate.MINUTES),
    name="imports",
    description="Imports uploaded registers, and finishes imports that were cut off.",
)
def work_on_imports(event: object) -> dict[str, int]:
    """Go on with every import that waits or was dropped."""
    return imports.work()


@app.schedule(
    Rate(1, unit=Rate.HOURS),
    name="retention",
    description="Erases the people of rounds closed long ago, a part at a time; reminds of overdue privacy requests.",
)
def retain(event: object) -> dict[str, int]:
    """Go on hiding and erasing what has been kept long enough."""
    return reminders.retain()


@app.schedule(
    Rate(2, unit=Rate.MINUTES),
    name="sweep",
    description="Sends what waits, finishes closings that were cut off.",
)
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Finish what was left half-done, and send what waits to be sent."""
    return reminders.sweep(Deadline.of(event.context.get_remaining_time_in_millis))


@app.on_sqs_message("${AWS::StackName}-notices", batch_size=10, name="deliver", maximum_concurrency=5)
def deliver(event: SQSEvent) -> dict[str, list[dict[str, str]]]:
    """Send the messages the queue hands over; what fails is handed over again."""
    handed = ((record.to_dict()["messageId"], record.body) for record in event)
    return {"batchItemFailures": [{"itemIdentifier": failed} for failed in queue.take(handed)]}
