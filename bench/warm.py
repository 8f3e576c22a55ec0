"""Warm requests: CPU a request of the three hot routes, DynamoDB's answers put in where urllib3 would go out.

Each round starts every variant's process once; within it a request is the best of three batches.
"""

import statistics
from typing import Final

from bench import Found, Row, Say, measuring, row, trees

_ROUNDS: Final = 9
_MOST: Final = {"show": 0.65, "list": 0.25, "claim": 0.70}
_LIKE_OURS: Final = ("stock", "floor-slim")  # the same code once it runs

Taken = dict[str, dict[str, list[float]]]


def run(say: Say) -> Found:
    """Rows for each route against plain Chalice with models, every framework and the floor."""
    laid = {name: tree for name, tree in trees.laid_down(say).items() if name not in _LIKE_OURS}
    plan = measuring.plan(laid)
    taken: Taken = {route: {name: [] for name in laid} for route in measuring.ROUTES}
    for number in range(1, _ROUNDS + 1):
        found = {
            name: measuring.said(name, measuring.command("often", tree, plan, *measuring.ROUTES))
            for name, tree in laid.items()
        }
        for name, said in found.items():
            for route in measuring.ROUTES:
                measuring.require_same(name, route, said[route], found["ours"][route])
                taken[route][name].append(said[route]["cpu_us"])
        say(f"round {number} of {_ROUNDS}: " + ", ".join(f"{r} {found['ours'][r]['cpu_us']:.0f} us" for r in taken))
    medians = {
        route: {name: round(statistics.median(values), 1) for name, values in each.items()}
        for route, each in taken.items()
    }
    return {"rows": _rows(taken), "rounds": _ROUNDS, "median_us": medians}


def _rows(taken: Taken) -> list[Row]:
    rows = []
    for route, label in measuring.ROUTES.items():
        each = taken[route]
        for name, peer in trees.FRAMEWORKS.items():
            most = _MOST[route] if name == "chalice" else 1.0
            rows.append(row(f"warm {label}, CPU, against {peer}", measuring.ratio(each["ours"], each[name]), "x", most))
        rows.append(row(f"warm {label}, CPU, against bare botocore", measuring.ratio(each["ours"], each["floor"]), "x"))
    return rows + [
        row(f"warm {label}, CPU, {name}", statistics.median(values), "us")
        for route, label in measuring.ROUTES.items()
        for name, values in taken[route].items()
    ]
