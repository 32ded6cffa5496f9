"""What a plan says, as frozen structs.

A plan holds no machine facts (module, slot, serial, PIN): the same bytes are rehearsed and performed. The structs are also the schema:
`plan.load` walks a file along these types and uses each `Meta` both to check a value and to say what would be allowed.
"""

from __future__ import annotations

import datetime
from enum import Enum
from typing import Annotated, Literal, NoReturn

import msgspec
from msgspec import Meta

from ceremony_app.errors import BadInput
from ceremony_app.keys import LABEL_PATTERN, Algorithm, Purpose

Name = Annotated[str, Meta(min_length=1, max_length=80, description="text of 1 to 80 characters")]
Text = Annotated[str, Meta(min_length=1, max_length=160, description="text of 1 to 160 characters")]
OptionalName = Annotated[str, Meta(max_length=80, description="text of at most 80 characters, or left out")]
Label = Annotated[
    str,
    Meta(pattern=f"^{LABEL_PATTERN}\\Z", description="1 to 32 lower-case letters, digits and hyphens, not starting with a hyphen"),
]
# A resource ends up in commands that people run, so nothing a shell could read as its own may stand in it.
Resource = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9:/._@-]{0,511}\Z",
        description="the provider's name of the key: letters, digits and : / . _ @ -, at most 512, starting with a letter or digit",
    ),
]
Days = Annotated[int, Meta(ge=1, le=36500, description="a whole number of days from 1 to 36500")]
Count = Annotated[int, Meta(ge=1, le=99, description="a whole number of shares, at least 1")]
Roles = Annotated[tuple["Role", ...], Meta(min_length=1, description="a list of one or more roles")]
Labels = Annotated[tuple[Label, ...], Meta(min_length=1, description="a list of one or more key labels")]


class Role(Enum):
    """What a person does in the ceremony. Several may be held by one person where the rules allow it."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    WITNESS = "witness"
    AUDITOR = "auditor"
    CUSTODIAN = "custodian"
    PIN_HOLDER = "pin-holder"
    CONTROLLER = "controller"
    APPROVER = "approver"


class CeremonyKind(Enum):
    """What the ceremony is for."""

    GENERATE = "generate"
    EXPORT = "export"
    ROTATE = "rotate"
    RESTORE = "restore"
    RESHARE = "reshare"
    INSPECT = "inspect"
    DESTROY = "destroy"


class Environment(Enum):
    """Where the keys will be used; one per plan, so no key can serve two (PCI DSS 3.6.1.1)."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class Destination(Enum):
    """The service a key is wrapped for."""

    AWS = "aws"
    GOOGLE = "google"
    AZURE_VAULT = "azure-vault"
    AZURE_MHSM = "azure-mhsm"
    OPENBAO = "openbao"


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who allowed the ceremony, under which reference, on which day."""

    by: Text
    reference: Name
    date: datetime.date

    @property
    def approver(self) -> str:
        """The approver's name: what stands before the first comma of `by` ("R. Haddad, CISO")."""
        return self.by.partition(",")[0].strip()


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person with all roles they hold; `deputy` is the name of who stands in for all of them."""

    name: Name
    roles: Roles
    organisation: OptionalName = ""
    deputy: OptionalName = ""

    def has(self, *roles: Role) -> bool:
        """True when the person holds one of `roles`."""
        return any(role in self.roles for role in roles)


class KeySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One key: exactly one algorithm and exactly one purpose (SP 800-57 Part 1, 5.2)."""

    label: Label
    algorithm: Algorithm
    purpose: Purpose
    rotate_after_days: Days


class Custodian(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who keeps one card and where. `deputy` comes before the deputy named under `people`."""

    name: Name
    place: Name
    deputy: OptionalName = ""


class Backup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One card set for a group of keys that end together; the order of `custodians` is the share number, from 1."""

    name: Label
    keys: Labels
    threshold: Count
    custodians: tuple[Custodian, ...]

    @property
    def shares(self) -> int:
        """How many cards the set has (N)."""
        return len(self.custodians)


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One key wrapped for one resource of one service; `prefer = "in-token"` takes the path in the token over the table's hash."""

    key: Label
    destination: Destination
    resource: Resource
    prefer: Literal["", "in-token"] = ""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole plan. Sound by itself only after `plan.rules.check_plan` found no failure."""

    version: Literal[1]
    title: Text
    kind: CeremonyKind
    environment: Environment
    approval: Approval
    people: tuple[Person, ...]
    keys: tuple[KeySpec, ...]
    backups: tuple[Backup, ...] = ()
    exports: tuple[Export, ...] = ()

    def having(self, *roles: Role) -> tuple[Person, ...]:
        """The people who hold one of `roles`, in the plan's order."""
        return tuple(person for person in self.people if person.has(*roles))

    @property
    def administrator(self) -> Person:
        """The person who leads; raises `BadInput` when there is none."""
        return self._first(Role.ADMINISTRATOR)

    @property
    def organisation(self) -> str:
        """Whose ceremony this is, for papers: the administrator's organisation, else the first that is named, else the plan's title."""
        named = [person.organisation for person in (*self.having(Role.ADMINISTRATOR), *self.people) if person.organisation]
        return named[0] if named else self.title[:80]

    @property
    def operator(self) -> Person:
        """The person at the machine; raises `BadInput` when there is none."""
        return self._first(Role.OPERATOR)

    @property
    def witness(self) -> Person:
        """The first witness, who opens the gates; raises `BadInput` when there is none."""
        return self._first(Role.WITNESS)

    @property
    def pin_holders(self) -> tuple[Person, ...]:
        """Who keep the PIN halves, in the order half A, half B."""
        return self.having(Role.PIN_HOLDER)

    @property
    def must_be_present(self) -> tuple[Person, ...]:
        """Everyone with a role in the room: all but those who only approve."""
        return tuple(person for person in self.people if any(role is not Role.APPROVER for role in person.roles))

    def person(self, name: str) -> Person:
        """The person called exactly `name`; raises `BadInput`."""
        return next((person for person in self.people if person.name == name), None) or _unknown("person", name)

    def key(self, label: str) -> KeySpec:
        """The key called `label`; raises `BadInput`."""
        return next((key for key in self.keys if key.label == label), None) or _unknown("key", label)

    def backup(self, name: str) -> Backup:
        """The backup group called `name`; raises `BadInput`."""
        return next((backup for backup in self.backups if backup.name == name), None) or _unknown("backup group", name)

    def backup_of(self, label: str) -> Backup | None:
        """The group that backs up the key `label`, or none."""
        return next((backup for backup in self.backups if label in backup.keys), None)

    def exports_of(self, label: str) -> tuple[Export, ...]:
        """Where the key `label` goes, in the plan's order."""
        return tuple(export for export in self.exports if export.key == label)

    def deputy_of(self, custodian: Custodian) -> str:
        """Who stands in for `custodian`: the card's own deputy, else the person's; empty when there is none."""
        own = (person.deputy for person in self.people if person.name == custodian.name)
        return custodian.deputy or next(own, "")

    def is_extractable(self, label: str) -> bool:
        """True when the key must be able to leave the token wrapped: it is backed up or exported."""
        return self.backup_of(label) is not None or bool(self.exports_of(label))

    def _first(self, role: Role) -> Person:
        return next(iter(self.having(role)), None) or _unknown("person with the role", role.value)


def _unknown(noun: str, name: str) -> NoReturn:
    raise BadInput(
        "plan-names-nothing",
        "The plan has no {noun} {name}.",
        next_step="Check the spelling against the plan, or add it there and have the plan approved again.",
        noun=noun,
        name=name,
    )
