"""One process makes a round's summary as the scheduled function does, and says what it took: for `bench.workbook`.

It loads nothing but the platform itself, so that its memory is what a Lambda's would be.
"""

import hashlib
import json
import resource
import sys
import time
from typing import Any

from chalicelib.base import clock, files
from chalicelib.reports import actions as reports
from chalicelib.rounds import actions as rounds


def make(round_id: str) -> dict[str, Any]:
    """Make a round's summary twice, as of one moment: time, CPU and peak memory of the first, files that differ."""
    found, moment = rounds.fetch(round_id), clock.now()
    with clock.pinned(moment):
        started, worked = time.monotonic(), time.process_time()
        first = reports.make(found, "daily", "daily#first")
        wall, cpu = time.monotonic() - started, time.process_time() - worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        second = reports.make(found, "daily", "daily#second")
    before, after = _digests(round_id, first), _digests(round_id, second)
    return {
        "wall": round(wall, 1),
        "cpu": round(cpu, 1),
        "peak_mb": round(peak, 1),
        "full_bytes": int(first.full),
        "differ": sorted(form for form in before if before[form] != after[form]),
    }


def _digests(round_id: str, edition: Any) -> dict[str, str]:
    name = f"rounds/{round_id}/summary-{int(edition.number)}"
    names = {form: f"{name}.{form}" for form in ("json", "csv", "xlsx", "html")}
    names["full xlsx"] = reports.full_name(names["xlsx"])
    return {form: hashlib.sha256(files.get(each) or b"").hexdigest() for form, each in names.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(make(sys.argv[1])) + "\n")
