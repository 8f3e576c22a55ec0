"""The table `reports`: the numbered editions of each round's summary, the newest whole one, the jobs making them."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.base import models, tables


class Edition(models.Record):
    """pk: the round, sk: "edition#000003". Written when all its files are in S3, never before."""

    room = "reports"

    number = NumberAttribute(attr_name="no")
    kind = UnicodeAttribute(attr_name="kd")  # daily, close, demand, full
    made_at = UnicodeAttribute(attr_name="ma")
    made_by = UnicodeAttribute(attr_name="mb", null=True)
    figures: Any = JSONAttribute(attr_name="fg")
    files: Any = JSONAttribute(attr_name="fi")  # [[format, name, bytes], ...]
    full = NumberAttribute(attr_name="fu", null=True)  # bytes of the full workbook, which lies under "full/"


class Latest(models.Record):
    """pk: the round, sk: "latest". Moves up only: its condition compares the numbers."""

    room = "reports"

    number = NumberAttribute(attr_name="no")


class Job(models.Record):
    """pk: the round, sk: "job#<name>". One making of one summary: number drawn once, finished once, resumable."""

    room = "reports"

    number = NumberAttribute(attr_name="no")
    as_of = UnicodeAttribute(attr_name="ao")
    busy_until = NumberAttribute(attr_name="bu")  # epoch seconds; 0 when done
    done_at = UnicodeAttribute(attr_name="da", null=True)


class Counter(models.Record):
    """pk: the round, sk: "counter". The last edition number drawn."""

    room = "reports"

    number = NumberAttribute(attr_name="no")


def job(round_id: str, name: str) -> Job | None:
    """The job of a name, strongly consistent."""
    return Job.find(round_id, f"job#{name}", strongly=True)


def edition(round_id: str, number: int) -> Edition | None:
    """An edition by its number."""
    return Edition.find(round_id, f"edition#{number:06d}", strongly=True)


def newest_first(round_id: str, limit: int, below: int | None) -> list[Edition]:
    """Up to `limit` editions of a round, newest first, below a number."""
    bound = (
        Edition.sk.between("edition#", f"edition#{below - 1:06d}")
        if below is not None
        else Edition.sk.startswith("edition#")
    )
    return list(Edition.query(round_id, bound, scan_index_forward=False, limit=limit, consistent_read=True))


def latest(round_id: str) -> int:
    """The number of the newest whole edition, 0 for none."""
    found = Latest.find(round_id, "latest", strongly=True)
    return int(found.number) if found else 0


def draw_number(round_id: str) -> int:
    """The next edition number of the round: an atomic counter, so no two editions ever share one."""
    counter = Counter(round_id, "counter")
    tables.change(counter, [Counter.number.add(1)])
    counter.refresh(consistent_read=True)
    return int(counter.number)
