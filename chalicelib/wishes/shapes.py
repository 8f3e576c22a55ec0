"""What a wish's acts take (product.md section 6, body by body), and how its personal fields are sealed."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chalicelib.base.bodies import Body
from chalicelib.base.words import Kind, Subject

Name = Annotated[str, Meta(min_length=1, max_length=60)]
Phone = Annotated[str, Meta(min_length=5, max_length=30)]
Story = Annotated[str, Meta(min_length=1, max_length=2000)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]
Note = Annotated[str, Meta(max_length=1000)]


class WisherIn(Body):
    """Who the wish is for. The ID number is kept as a keyed hash only."""

    name: Name
    gender: Literal["female", "male"] | None = None
    birth_year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    phone: Phone | None = None
    address: Annotated[str, Meta(max_length=200)] | None = None
    id_number: Annotated[str, Meta(max_length=30)] | None = None


class RelatedIn(Body):
    """A contact or a guardian."""

    name: Name
    relation: Name
    phone: Phone


class Circumstances(Body):
    """Why the wish is made: never public."""

    difficulty: Annotated[str, Meta(max_length=200)] | None = None
    monthly_income: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    household_size: Annotated[int, Meta(ge=1, le=50)] | None = None


class DeclaredBy(Body):
    """Who keyed it: `self`, or a name with the relation to the wisher."""

    by_self: bool = msgspec.field(default=False, name="self")
    name: Name | None = None
    relation: Name | None = None


class ConsentIn(Body):
    """What was agreed to, each on its own; by whom, and how."""

    process: bool
    publish_story: bool
    share_contact: bool
    photos: bool
    by: Literal["self", "guardian", "representative"]
    method: Literal["signed", "thumbprint", "spoken"]
    witness: Name | None = None


class ConsentItems(Body):
    """The four things a consent is asked for, each on its own; absent where nothing changes."""

    process: bool | None = None
    publish_story: bool | None = None
    share_contact: bool | None = None
    photos: bool | None = None


class ConsentsBody(ConsentItems):
    """POST /v1/wishes/{id}/consents: a later consent or its withdrawal, in `given` or beside the rest.

    Staff say by whom and how; somebody who withdraws from their own account need not.
    """

    given: ConsentItems | None = None
    by: Literal["self", "guardian", "representative"] | None = None
    method: Literal["signed", "thumbprint", "spoken"] | None = None
    witness: Name | None = None
    text_version: Annotated[str, Meta(min_length=1, max_length=20)] | None = None


class DeclareBody(Body):
    """POST /v1/wishes."""

    round: Annotated[str, Meta(min_length=1, max_length=40)]
    subject: Subject
    kind: Kind
    category: Name
    title: Name
    story: Story
    subdistrict: Name
    committee: Annotated[str, Meta(min_length=1, max_length=40)]
    wisher: WisherIn
    declared_by: DeclaredBy
    consent: ConsentIn
    team_size: Annotated[int, Meta(ge=1, le=9999)] | None = None
    particulars: Note | None = None
    contact: RelatedIn | None = None
    guardian: RelatedIn | None = None
    circumstances: Circumstances = msgspec.field(default_factory=Circumstances)


class EditBody(Body):
    """PATCH /v1/wishes/{id}: what is given is replaced."""

    kind: Kind | None = None
    category: Name | None = None
    title: Name | None = None
    story: Story | None = None
    committee: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    team_size: Annotated[int, Meta(ge=1, le=9999)] | None = None
    particulars: Note | None = None
    wisher: WisherIn | None = None
    contact: RelatedIn | None = None
    guardian: RelatedIn | None = None
    circumstances: Circumstances | None = None
    consent: ConsentIn | None = None
    cleared: "list[Cleared] | None" = None


class VerifyBody(Body):
    """POST .../verify: a record of what was checked, not a boolean."""

    method: Literal["visit", "documents", "committee"]
    identity: bool
    income: Literal["confirmed", "not_applicable"]
    feasible: bool
    on: Annotated[str, Meta(min_length=10, max_length=10)]
    cosigned_by: Name | None = None
    note: Note | None = None


class ReasonBody(Body):
    """POST .../return, reject, withdraw."""

    reason: Reason
    reason_code: Annotated[str, Meta(min_length=1, max_length=40, pattern="^[a-z0-9_]+$")] | None = None


class FoundText(Body):
    """One finding of the text scan, as the refusal to publish lists it."""

    kind: Name
    text: Annotated[str, Meta(min_length=1, max_length=2000)]
    field: Literal["title", "story"] | None = None


Cleared = Annotated[str, Meta(min_length=1, max_length=2000)] | FoundText


class PublishBody(Body):
    """POST .../publish: the reviewed words, and the findings the reviewer answers for."""

    title: Name | None = None
    story: Story | None = None
    cleared: list[Cleared] = []


class HideBody(Body):
    """POST .../hide: hide (default) or, with false, show again."""

    hidden: bool = True
    reason: Annotated[str, Meta(max_length=500)] | None = None


class Wisher(msgspec.Struct, frozen=True, omit_defaults=True):
    """The sealed half of the wisher."""

    name: str
    gender: str | None = None
    birth_year: int | None = None
    phone: str | None = None
    address: str | None = None


class Related(msgspec.Struct, frozen=True):
    """A sealed contact or guardian."""

    name: str
    relation: str
    phone: str


class Declarer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who keyed the wish, sealed."""

    by_self: bool = False
    name: str | None = None
    relation: str | None = None


class Consent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A consent as a record: what, by whom, how, when, and which text was read.

    `method` is "account" where somebody withdrew it from their own account.
    """

    process: bool
    publish_story: bool
    share_contact: bool
    photos: bool
    by: str
    method: str
    at: str
    text_version: str
    witness: str | None = None


class Sealed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything about a wish that is nobody's business but the staff's: one ciphertext beside the wish.

    `consent` is today's, `consents_before` every earlier record, oldest first. `id_mark` is the ID number's keyed
    hash and `id_check` whether it was well formed (`persons.id_check`): all that is kept of it.
    """

    wisher: Wisher
    declared_by: Declarer
    consent: Consent
    consents_before: list[Consent] = []
    id_mark: str | None = None
    id_check: str | None = None
    contact: Related | None = None
    guardian: Related | None = None
    circumstances: Circumstances = msgspec.field(default_factory=Circumstances)
    particulars: str | None = None

    @property
    def phone(self) -> str:
        """The contact phone: the contact's, else the wisher's, else the guardian's; "" for none."""
        for phone in (
            self.contact and self.contact.phone,
            self.wisher.phone,
            self.guardian and self.guardian.phone,
        ):
            if phone:
                return phone
        return ""

    @property
    def names(self) -> list[str]:
        """Every name that must not appear in the public text."""
        people = [self.wisher.name, self.declared_by.name]
        people += [person.name for person in (self.contact, self.guardian) if person]
        return [name for name in people if name]
