"""The second half of a reminder run: what was gathered becomes a line in each reader's digest, one digest a day.

    pages ── one batch (written where none is) ── each reader's digest, once ── pages and batch deleted

A run that dies is gone on with by the next one, from the reader it had come to. A digest knows which batches it holds,
so that none is in it twice.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from chalicelib.accounts import actions as accounts
from chalicelib.base import clock, settings, tables
from chalicelib.base.deadline import Deadline
from chalicelib.notices import actions as notices
from chalicelib.notices import digests, subscriptions
from chalicelib.reminders import records, rules
from chalicelib.reminders.rules import Place, Tallies

PATIENCE_HOURS: Final = 1
"""What was gathered waits for the rest of its run so long; then it is told whatever else is due."""
_NOTED_EVERY: Final = 50  # readers after which it is noted how far the batch has come


class Reader(NamedTuple):
    """Somebody a batch concerns: in which kind of digest, and which places of it."""

    recipient: str
    kind: str
    what: str
    wants: Callable[[Place], bool]

    @property
    def order(self) -> str:
        """Readers are gone through in this order."""
        return f"{self.kind}#{self.recipient}"


def share(at: str, deadline: Deadline, *, is_whole: bool) -> None:
    """Put what was gathered into its readers' digests, unless the run has not seen all that is due."""
    batch = records.batch() or _new_batch(at, is_whole)
    if batch is None:
        return
    tallies, come_to = rules.unpacked(batch.tallies), batch.done or ""
    readers = sorted(_readers(tallies), key=lambda reader: reader.order)
    for number, reader in enumerate((reader for reader in readers if reader.order > come_to), 1):
        if deadline.passed:
            _note(batch)
            return
        concerns = rules.share(tallies, reader.what, reader.wants, digests.MOST_NAMED)
        held = digests.Share(str(batch.name), str(batch.day), concerns.count, concerns.named)
        digests.add(reader.recipient, reader.kind, held, at)
        batch.done = reader.order
        if number % _NOTED_EVERY == 0:
            _note(batch)
    _finish(batch)


def _note(batch: records.Batch) -> None:
    """Note how far the batch has come, if it is still there: another run may have finished it."""
    tables.put(batch, records.Batch.name == batch.name)


def _new_batch(at: str, is_whole: bool) -> records.Batch | None:
    """A batch of all pages there are; None where there are none, or the rest of their run is waited for."""
    pages = records.gathered()
    if not pages or not (is_whole or pages[0].at < clock.later(at, hours=-PATIENCE_HOURS)):
        return None
    merged = rules.merged(rules.unpacked(page.tallies) for page in pages)
    batch = records.new_batch([page.sk for page in pages], rules.packed(merged), clock.local_day(at))
    # Two runs at once: one batch is written, and both go on with it.
    return batch if tables.put(batch, tables.absent(records.Batch)) else records.batch()


def _finish(batch: records.Batch) -> None:
    """Delete the pages first: as long as the batch is there, no other is made of them."""
    gone = tables.Batch()
    for page in batch.pages:
        gone.add([tables.Remove(records.Gathered(records.GATHERED, page))])
    gone.flush()
    # Another run has finished it meanwhile, and begun the next.
    gone.add([tables.Remove(batch, records.Batch.name == batch.name)])
    try:
        gone.flush()
    except tables.Refused:
        return


def _readers(tallies: Tallies) -> Iterator[Reader]:
    """Everybody the batch concerns, each once for each kind."""
    for what, audiences in rules.AUDIENCES.items():
        places = [place for place in tallies if place.what == what]
        subdistricts = {place.subdistrict for place in places}
        for who, kind in audiences if places else ():
            match who:
                case "liaison":
                    yield from _liaisons(what, kind, subdistricts)
                case "group":
                    yield from _groups(what, kind, subdistricts)
                case "administrator":
                    yield from (Reader(each, kind, what, _everything) for each in accounts.administrators())
                case "subscriber":
                    yield from _subscribers(what, kind, places)


def _liaisons(what: str, kind: str, subdistricts: set[str]) -> Iterable[Reader]:
    """The liaisons of the subdistricts; the administrators for those that have none."""
    scopes = {account: {each for each in subdistricts if accounts.in_scope(scope, each)}
              for account, scope in accounts.liaisons()}  # fmt: skip
    orphaned = subdistricts.difference(*scopes.values())
    for account in accounts.administrators() if orphaned else ():
        scopes[account] = scopes.get(account, set()) | orphaned
    return [Reader(account, kind, what, _of(scope)) for account, scope in scopes.items() if scope]


def _groups(what: str, kind: str, subdistricts: set[str]) -> Iterable[Reader]:
    """The staff groups of those subdistricts that have a robot in WeCom."""
    with_robot = subdistricts & set(settings.secrets().wecom_keys)
    return [Reader(notices.group(each), kind, what, _of({each})) for each in with_robot]


def _subscribers(what: str, kind: str, places: Iterable[Place]) -> Iterable[Reader]:
    wished = {(place.subdistrict, place.category) for place in places}
    for account, wanted in subscriptions.subscribers(wished).items():
        yield Reader(account, kind, what, _wanted_by(wanted))


def _everything(place: Place) -> bool:
    return True


def _wanted_by(subscription: subscriptions.Wanted) -> Callable[[Place], bool]:
    return lambda place: subscription.includes(place.subdistrict, place.category)


def _of(subdistricts: set[str]) -> Callable[[Place], bool]:
    return lambda place: place.subdistrict in subdistricts
