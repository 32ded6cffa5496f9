"""Recipients: each cloud's wrapping key is accepted only when the witness typed groups of its fingerprint from a second channel."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import Recipient
from ceremony_app.clouds.fingerprint import verify_typed_groups
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.clock import parse_utc
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.gate import verify_code, verify_present
from ceremony_app.errors import BadInput, CeremonyError, DoesNotHold
from ceremony_app.plan.model import Export, Plan
from ceremony_app.record import facts as f
from ceremony_app.record.state import State
from ceremony_app.record.state.shipments import Shipment
from ceremony_app.text import say


def find_export(plan: Plan, key: str, destination: str, resource: str) -> Export:
    """The plan's export with these names; raises `BadInput`."""
    for export in plan.exports:
        if (export.key, export.destination.value, export.resource) == (key, destination, resource):
            return export
    raise BadInput(
        "export-unknown",
        "The plan does not export {key} to {destination} as {resource}.",
        next_step="Choose one of the plan's exports.",
        key=key,
        destination=destination,
        resource=resource,
    )


def shipment(state: State, export: Export) -> Shipment:
    return state.shipments.of(export.key, export.destination.value, export.resource)


def given(export: Export) -> dict[str, str]:
    """The fields that name an export in actions and facts."""
    return {"key": export.key, "destination": export.destination.value, "resource": export.resource}


def read_recipient(desk: Desk, export: Export) -> Recipient:
    """The recipient as it lies in the inputs now, parsed and checked against the wall time."""
    now = parse_utc(desk.wall_now())
    folder = desk.recipient_files(export)
    with about(export, folder):
        return cloud(export.destination).recipient(folder, export, desk.plan.key(export.key), now, rehearsal=desk.state.course.rehearsal)


@contextlib.contextmanager
def about(export: Export, folder: Path) -> Iterator[None]:
    """Errors within say which export they concern: with several of them a file's name alone does not say where to look."""
    try:
        yield
    except (BadInput, DoesNotHold) as error:
        error.stands = say("This concerns {key} and what lies in {folder}. Nothing was wrapped for it.", key=export.key, folder=str(folder))
        raise


class AcceptRecipient(Action):
    """The witness types groups of the wrapping key's SHA-256 from the second channel and gives the private code. The screen does not show
    the fingerprint that arrived before they are typed. `typed` are `number:digits`; `places` are drawn by the desk."""

    secrets = ("witness-code",)
    room = RoomName.RECORD
    key: str
    destination: str
    resource: str
    places: tuple[int, ...]
    typed: Annotated[tuple[str, ...], Meta(min_length=1, max_length=16)]
    channel: Annotated[str, Meta(min_length=1, max_length=200)]
    by: str

    def perform(self, desk: Desk) -> None:
        export = find_export(desk.plan, self.key, self.destination, self.resource)
        recipient = read_recipient(desk, export)
        verify_present(desk.state, self.by)
        typed = typed_groups(self.typed)
        try:
            with about(export, desk.recipient_files(export)):
                _verify_asked(desk.asked_places(desk.state.course.last_head, len(self.places)), typed)
                count = verify_typed_groups(recipient.spki_sha256, typed)
            verify_code(desk, self.by)
        except CeremonyError as error:
            desk.record(
                f.RecipientRefused(
                    key=self.key,
                    destination=self.destination,
                    resource=self.resource,
                    spki_sha256=recipient.spki_sha256,
                    reason=error.code,
                    by=self.by,
                )
            )
            raise
        desk.record(
            f.RecipientAccepted(
                key=self.key,
                destination=self.destination,
                resource=self.resource,
                spki=base64.b64encode(recipient.spki).decode(),
                spki_sha256=recipient.spki_sha256,
                bits=recipient.bits,
                exponent=recipient.exponent,
                scheme=recipient.scheme.value,
                valid_until=recipient.valid_until,
                token_sha256=recipient.token_sha256,
                channel=self.channel,
                groups_typed=count,
                by=self.by,
            )
        )


def _verify_asked(asked: tuple[int, ...], typed: Mapping[int, str]) -> None:
    """Whoever chose the groups beforehand could have searched for a key that agrees in them."""
    if not set(asked) <= set(typed):
        raise BadInput(
            "fingerprint-groups-asked",
            "Groups {asked} of the fingerprint are asked for; {typed} were typed.",
            next_step="Type the groups that are asked for from the paper of the second channel.",
            asked=", ".join(map(str, asked)),
            typed=", ".join(map(str, sorted(typed))) or "none",
        )


def typed_groups(typed: Sequence[str]) -> dict[int, str]:
    """`("3:ab12", …)` as numbers and digits; raises `BadInput`."""
    found: dict[int, str] = {}
    for text in typed:
        number, _, digits = text.partition(":")
        if not number.strip().isdigit() or not digits:
            raise BadInput(
                "groups-unusable",
                "{text} is not a group.",
                next_step="Give each group as its number, a colon and its four digits: 3:ab12.",
                text=repr(text),
            )
        found[int(number)] = digits
    return found


def verify_recipients(desk: Desk) -> None:
    """Every accepted recipient still lies there, unchanged and valid; raises `BadInput` or `DoesNotHold` naming the key."""
    for export in desk.plan.exports:
        accepted_recipient(desk, export)


def accepted_recipient(desk: Desk, export: Export) -> Recipient:
    """The recipient as accepted, still lying there unchanged and still valid; raises `BadInput` or `DoesNotHold`."""
    accepted = shipment(desk.state, export).recipient
    assert accepted is not None  # noqa: S101 (asked only after the recipients step)
    recipient = read_recipient(desk, export)
    if recipient.spki_sha256 != accepted.spki_sha256 or recipient.token_sha256 != accepted.token_sha256:
        raise DoesNotHold(
            "recipient-changed",
            "The wrapping key or import token for {key} is not the one that was accepted.",
            stands="Nothing was wrapped for it.",
            next_step="If it was fetched anew, accept it anew; otherwise put back the files that were accepted: somebody exchanged them.",
            key=export.key,
        )
    cloud(export.destination).verify_valid(recipient, parse_utc(desk.wall_now()))
    return recipient


def renewals(state: State, plan: Plan) -> tuple[Offer, ...]:
    """Optional offers to accept a recipient that was fetched anew, while nothing is wrapped for it yet."""
    waiting = [export for export in plan.exports if not shipment(state, export).signed_by and shipment(state, export).recipient]
    return tuple(recipient_offer(export, optional=True) for export in waiting)


class Recipients(Step):
    id = "recipients"
    title = "Recipients"
    lead = "For each destination the witness reads groups of the wrapping key's fingerprint from a second channel."
    records = frozenset({f.RecipientAccepted, f.RecipientRefused})

    def applies(self, plan: Plan) -> bool:
        return bool(plan.exports)

    def done(self, state: State, plan: Plan) -> bool:
        # A refused import asks for a new recipient in the hold, which must not open this step again.
        return all(shipment(state, export).recipient is not None or shipment(state, export).attempt for export in plan.exports)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        waiting = [export for export in plan.exports if shipment(state, export).recipient is None]
        return tuple(recipient_offer(export) for export in waiting)


def recipient_offer(export: Export, *, optional: bool = False) -> Offer:
    words = say(
        "Witness: type groups of the fingerprint of the wrapping key for {key} at {destination}, from the second channel",
        key=export.key,
        destination=export.destination.value,
    )
    return Offer(AcceptRecipient, words, given=given(export), optional=optional)
