"""The table `imports`: one job per import, so that a killed one is finished and a retried one not run twice."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.base import models, tables
from chalicelib.base.problems import Unavailable

DUE = "due"
BUCKET = "import"
ENDED = ("done", "failed")


class Job(models.Record):
    """pk: the job's id, sk: "job". `due` is set while it is being applied: the sweep takes up what was dropped."""

    room = "imports"

    kind = UnicodeAttribute(attr_name="kd")
    round = UnicodeAttribute(attr_name="rd", null=True)
    account = UnicodeAttribute(attr_name="ac")
    state = UnicodeAttribute(attr_name="st")  # queued, applying, done, failed
    started_at = UnicodeAttribute(attr_name="sa")
    outcome: Any = JSONAttribute(attr_name="oc", null=True)
    fingerprint = UnicodeAttribute(attr_name="if", null=True)
    rows = NumberAttribute(attr_name="n", default=0)
    done = NumberAttribute(attr_name="dn", default=0)  # rows written so far, in steps
    dry_run = BooleanAttribute(attr_name="dr", null=True)
    language = UnicodeAttribute(attr_name="la", null=True)  # the sender's, for what a job has to tell later
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


def get(job_id: str) -> Job | None:
    """The job by its id, strongly consistent."""
    return Job.find(job_id, "job", strongly=True)


def lease(job: Job, until: str) -> bool:
    """Take the job until a stamp; False where another worker has it."""
    held, job.due_at = job.due_at, until
    return tables.put(job, Job.due_at == held)


def note_progress(job: Job, rows: int, until: str) -> None:
    """Say how many rows are in, and that the worker lives: it holds the job until the stamp."""
    job.done, job.due_at = rows, until
    # Nobody else writes a job that is held; one that was ended by its next holder must not come alive again.
    try:
        tables.change(job, [Job.done.set(rows), Job.due_at.set(until)], Job.state == job.state)
    except tables.Refused as error:
        raise Unavailable("imports: another worker has ended this job") from error


def hand_over(job: Job, at: str) -> None:
    """Leave the job to whoever takes it from the stamp on."""
    note_progress(job, int(job.done), at)


def end(job: Job, state: str) -> None:
    """Note how the job ended; nobody looks for it any more."""
    job.state, job.due, job.due_at = state, None, None
    tables.put(job)


def due(until: str, limit: int) -> list[str]:
    """Ids of the jobs that should have ended by `until`."""
    answer = models.query(
        Job.room,
        IndexName=DUE,
        KeyConditionExpression="due = :due AND du <= :until",
        ExpressionAttributeValues={":due": {"S": BUCKET}, ":until": {"S": until}},
        Limit=limit,
    )
    return [item["pk"]["S"] for item in answer["Items"]]
