"""The table `imports`: one job per import, so that a killed one is finished and a retried one not run twice."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.base import tables

DUE = "due"
BUCKET = "import"


class Job(tables.Record):
    """pk: the job's id, sk: "job". `due` is set while it is being applied: the sweep takes up what was dropped."""

    room = "imports"

    kind = UnicodeAttribute(attr_name="kd")
    round = UnicodeAttribute(attr_name="rd", null=True)
    account = UnicodeAttribute(attr_name="ac")
    state = UnicodeAttribute(attr_name="st")  # applying, done
    started_at = UnicodeAttribute(attr_name="sa")
    outcome: Any = JSONAttribute(attr_name="oc", null=True)
    fingerprint = UnicodeAttribute(attr_name="if", null=True)
    rows = NumberAttribute(attr_name="n", default=0)
    due = UnicodeAttribute(attr_name="due", null=True)
    due_at = UnicodeAttribute(attr_name="du", null=True)


def get(job_id: str) -> Job | None:
    """The job by its id, strongly consistent."""
    try:
        return Job.get(job_id, "job", consistent_read=True)
    except DoesNotExist:
        return None


def due(until: str, limit: int) -> list[str]:
    """Ids of the jobs that should have ended by `until`."""
    answer = tables.query(
        Job.room,
        IndexName=DUE,
        KeyConditionExpression="due = :due AND du <= :until",
        ExpressionAttributeValues={":due": {"S": BUCKET}, ":until": {"S": until}},
        Limit=limit,
    )
    return [item["pk"]["S"] for item in answer["Items"]]
