"""Section 2 of product.md as plainly as it can be said: dictionaries in memory, one person at a time, no table."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

PUBLIC = ("published", "claimed", "delivered", "fulfilled")
STANDING = ("claimed", "delivered", "fulfilled")
OPEN = ("submitted", "verified", "published", "returned")
STAGES = ("contacted", "prepared", "on_the_way")
WEEK, DAY = timedelta(days=7), timedelta(days=1)

Said = str
"""What an attempt comes to: "done", "same" (nothing to do), or the code of its refusal."""


@dataclass
class Plain:
    """One wish."""

    state: str = "submitted"
    hidden: bool = False
    claimant: str | None = None
    claims: list[str] = field(default_factory=list)  # ids of all its claims, the standing one last
    stage: str | None = None
    expires: datetime | None = None
    extended: bool = False
    reserved_for: str | None = None
    reserved_until: datetime | None = None
    queue: list[str] = field(default_factory=list)
    was_published: bool = False
    acts: list[str] = field(default_factory=lambda: ["declare"])

    @property
    def is_public(self) -> bool:
        return self.state in PUBLIC and not self.hidden


@dataclass
class Model:
    """A round's wishes, and what its people may do with them."""

    caps: dict[str, int]
    closed: bool = False
    wishes: dict[str, Plain] = field(default_factory=dict)

    def live(self, person: str) -> int:
        """How many live claims somebody holds."""
        return len(self.held(person))

    def held(self, person: str) -> set[str]:
        """The wishes of somebody's live claims: what the cap is held against."""
        return {one for one, wish in self.wishes.items() if wish.state == "claimed" and wish.claimant == person}

    def _moves(self, wish: Plain, act: str, sources: tuple[str, ...], to: str) -> Said:
        if wish.state not in sources:
            return "wrong_state"
        wish.state = to or wish.state
        wish.acts.append(act)
        return "done"

    def verify(self, wish: Plain) -> Said:
        return self._moves(wish, "verify", ("submitted",), "verified")

    def send_back(self, wish: Plain) -> Said:
        return self._moves(wish, "return", ("submitted", "verified"), "returned")

    def reject(self, wish: Plain) -> Said:
        return self._moves(wish, "reject", ("submitted", "verified"), "rejected")

    def edit(self, wish: Plain) -> Said:
        return self._moves(wish, "edit", ("submitted", "returned"), "submitted")

    def publish(self, wish: Plain) -> Said:
        said = self._moves(wish, "publish", ("verified",), "published")
        wish.was_published |= said == "done"
        return said

    def hide(self, wish: Plain, hidden: bool) -> Said:
        if wish.state not in PUBLIC:
            return "wrong_state"
        if wish.hidden == hidden:
            return "same"
        wish.hidden = hidden
        wish.acts.append("hide" if hidden else "show")
        return "done"

    def claim(self, wish: Plain, person: str, at: datetime) -> Said:
        if person == wish.claimant and wish.state in ("claimed", "delivered"):
            return "same"
        if not wish.is_public:
            return "wrong_state" if person == wish.claimant and wish.state == "fulfilled" else "not_found"
        if wish.state in STANDING:
            return "wish_already_claimed"
        if self.closed:
            return "claims_not_open"
        if wish.reserved_for not in (None, person):
            return "wish_reserved"
        if self.live(person) >= self.caps[person]:
            return "claim_cap_reached"
        wish.queue = [each for each in wish.queue if each != person]
        wish.state, wish.claimant = "claimed", person
        wish.stage, wish.extended, wish.expires = None, False, at + WEEK
        wish.reserved_for = wish.reserved_until = None
        wish.acts.append("claim")
        return "done"

    def progress(self, wish: Plain, stage: str, at: datetime) -> Said:
        if wish.state != "claimed":
            return "wrong_state"
        if wish.stage and STAGES.index(stage) < STAGES.index(wish.stage):
            return "stage_order"
        if wish.stage == stage:
            return "same"
        wish.stage = stage
        wish.expires = None if stage == "on_the_way" else max(at + WEEK, wish.expires or at)
        wish.acts.append("progress")
        return "done"

    def extend(self, wish: Plain) -> Said:
        if wish.state != "claimed":
            return "wrong_state"
        if wish.extended:
            return "already_extended"
        if wish.expires is None:
            return "not_expiring"
        wish.extended, wish.expires = True, wish.expires + WEEK
        wish.acts.append("extend")
        return "done"

    def end(self, wish: Plain, act: str, at: datetime) -> Said:
        """Release, revoke, expire: back to the pool, kept for the first on standby."""
        if wish.state != "claimed":
            return "wrong_state"
        wish.acts.append(act)
        wish.claimant = wish.stage = wish.expires = None
        wish.extended = False
        wish.state = "closed" if self.closed else "published"
        if self.closed:
            wish.queue = []
        self._keep(wish, at)
        return "done"

    def _keep(self, wish: Plain, at: datetime) -> None:
        wish.reserved_for = wish.queue[0] if wish.queue else None
        wish.reserved_until = at + DAY if wish.queue else None

    def deliver(self, wish: Plain) -> Said:
        return self._moves(wish, "deliver", ("claimed",), "delivered")

    def not_received(self, wish: Plain, at: datetime) -> Said:
        said = self._moves(wish, "not_received", ("delivered",), "claimed")
        if said == "done":
            wish.stage, wish.expires = None, at + WEEK
        return said

    def confirm(self, wish: Plain) -> Said:
        said = self._moves(wish, "confirm", ("delivered",), "fulfilled")
        if said == "done":
            wish.queue = []
        return said

    def withdraw(self, wish: Plain, by_liaison: bool) -> Said:
        if not by_liaison and wish.state == "claimed":
            return "forbidden"
        said = self._moves(wish, "withdraw", (*OPEN, "claimed"), "withdrawn")
        if said == "done":
            self._over(wish)
        return said

    def _over(self, wish: Plain) -> None:
        wish.claimant = wish.reserved_for = wish.reserved_until = None
        wish.queue = []

    def join(self, wish: Plain, person: str) -> Said:
        if not wish.is_public and person != wish.claimant:
            return "not_found"
        waiting = person in wish.queue and (wish.state in ("claimed", "delivered") or wish.reserved_for is not None)
        if waiting:
            return "same"
        if wish.hidden or wish.state not in ("claimed", "published"):
            return "wrong_state"
        if wish.state == "claimed" and wish.claimant == person:
            return "claim_is_yours"
        if self.closed:
            return "claims_not_open"
        if wish.state == "published" and wish.reserved_for is None:
            return "wish_is_free"
        wish.queue.append(person)
        return "done"

    def leave(self, wish: Plain, person: str, at: datetime) -> Said:
        if person not in wish.queue:
            return "same" if wish.is_public or person == wish.claimant else "not_found"
        wish.queue.remove(person)
        if wish.reserved_for == person:
            wish.acts.append("decline")
            self._keep(wish, at)
        return "done"

    def close(self) -> None:
        """The round is over: what nobody holds is closed."""
        self.closed = True
        for wish in self.wishes.values():
            if wish.state in OPEN:
                wish.state = "closed"
                wish.acts.append("close")
                self._over(wish)

    def clock(self, at: datetime) -> None:
        """Whatever waits for the time that is now."""
        for wish in self.wishes.values():
            if wish.state == "claimed" and wish.expires and wish.expires <= at:
                self.end(wish, "expire", at)
            elif wish.reserved_until and wish.reserved_until <= at:
                wish.queue.remove(str(wish.reserved_for))
                wish.acts.append("lapse")
                self._keep(wish, at)

    def figures(self) -> dict[str, int]:
        """The round's numbers, recounted."""
        counted = [wish for wish in self.wishes.values() if wish.state not in ("withdrawn", "rejected")]
        return {
            "collected": len(counted),
            "published": sum(wish.was_published for wish in counted),
            "claimed": sum(wish.state in STANDING for wish in counted),
            "fulfilled": sum(wish.state == "fulfilled" for wish in counted),
        }
