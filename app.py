"""The composition root: the Chalice app, one blueprint per room, the scheduled functions, the worker. No logic.

What only some of the functions or requests need is imported by them, not here: every function starts from this file,
and each waits for what is imported above `app` (docs/adr/0028; tests/base/test_starting.py holds it).
"""

from chalicelib.base import starting  # before all else: see there

# isort: split

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib.base import invocations, logs, surface, tables, web
from chalicelib.base.deadline import Deadline

if TYPE_CHECKING:
    from chalicelib.base.callers import Caller

ROOMS = (
    "chalicelib.base.routes",
    "chalicelib.accounts.routes",
    "chalicelib.rounds.routes",
    "chalicelib.wishes.routes",
    "chalicelib.claims.routes",
    "chalicelib.claims.slip_routes",
    "chalicelib.uploads.routes",
    "chalicelib.desk.routes",
    "chalicelib.imports.routes",
    "chalicelib.reports.routes",
    "chalicelib.notices.routes",
    "chalicelib.audit.routes",
    "chalicelib.privacy.routes",
)

app = Chalice(app_name="microwish")
app.log.setLevel("INFO")  # Chalice's own default hides warnings: a channel that fails must be seen
logs.set_up(app.log)
app.register_middleware(invocations.answered, "http")
for event_type in ("scheduled", "sqs", "pure_lambda"):
    app.register_middleware(invocations.ran, event_type)
app.api.binary_types = web.BINARY_TYPES
for room in ROOMS:
    app.register_blueprint(web.blueprint(room, surface.ROUTES.get(room, ())))


def _authenticate(token: str) -> "Caller":
    from chalicelib.accounts import standing

    return standing.caller(token)


def _announce(parts: Sequence[tables.Part]) -> None:
    from chalicelib.notices import queue

    queue.announce(parts)


web.set_authenticator(_authenticate)
tables.after_commit(_announce)


@app.schedule(
    Rate(15, unit=Rate.MINUTES),
    name="reminders",
    description="Wishes that wait too long, to whom they wait for: one digest per reader, kind and due date.",
)
def remind(event: CloudWatchEvent) -> dict[str, int]:
    """Send the reminders that are due."""
    from chalicelib.reminders import actions as reminders

    return reminders.remind(Deadline.of(event.context.get_remaining_time_in_millis))


@app.schedule(
    Rate(1, unit=Rate.HOURS),
    name="summaries",
    description="The daily summary of every open round, once a day.",
)
def summarise(event: object) -> dict[str, int]:
    """Make today's summaries that are not made yet."""
    from chalicelib.reminders import actions as reminders

    return reminders.summarise()


@app.schedule(
    Rate(1, unit=Rate.MINUTES),
    name="imports",
    description="Imports uploaded registers, and finishes imports that were cut off.",
)
def work_on_imports(event: object) -> dict[str, int]:
    """Go on with every import that waits or was dropped."""
    from chalicelib.imports import actions as imports

    return imports.work()


@app.schedule(
    Rate(1, unit=Rate.HOURS),
    name="retention",
    description="Erases the people of rounds closed long ago, a part at a time; reminds of overdue privacy requests.",
)
def retain(event: object) -> dict[str, int]:
    """Go on hiding and erasing what has been kept long enough."""
    from chalicelib.reminders import actions as reminders

    return reminders.retain()


@app.schedule(
    Rate(2, unit=Rate.MINUTES),
    name="sweep",
    description="Sends what waits, finishes closings that were cut off.",
)
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Finish what was left half-done, and send what waits to be sent."""
    from chalicelib.reminders import actions as reminders

    return reminders.sweep(Deadline.of(event.context.get_remaining_time_in_millis))


@app.on_sqs_message("${AWS::StackName}-notices", batch_size=10, name="deliver", maximum_concurrency=5)
def deliver(event: SQSEvent) -> dict[str, list[dict[str, str]]]:
    """Send the messages the queue hands over; what fails is handed over again."""
    from chalicelib.notices import queue
    from chalicelib.reminders import holding

    handed = ((record.to_dict()["messageId"], record.body) for record in event)
    return {"batchItemFailures": [{"itemIdentifier": failed} for failed in queue.take(handed, holding.still_so)]}


starting.over()
