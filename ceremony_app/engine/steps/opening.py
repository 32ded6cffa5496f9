"""Opening, first half: the machine, the record key, the plan."""

from __future__ import annotations

import base64
import hashlib
import secrets

from ceremony_app.engine import rules
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.clock import parse_utc, parse_wall
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.heads import verify_groups
from ceremony_app.engine.signing import sign_message
from ceremony_app.engine.step import Step
from ceremony_app.errors import DoesNotHold
from ceremony_app.machine import inspect_machine
from ceremony_app.plan.model import Plan, Role
from ceremony_app.plan.rule import Verdict
from ceremony_app.record import facts as f
from ceremony_app.record.certificate import make_certificate
from ceremony_app.record.state import State
from ceremony_app.strongroom.protocol import MakeRecordKey as MakeRecordKeyRequest
from ceremony_app.text import say


class InspectMachine(Action):
    """Look at the machine; each check is a fact."""

    def perform(self, desk: Desk) -> None:
        folders = [desk.places.evidence, desk.places.out]
        for check in inspect_machine(rehearsal=desk.state.course.rehearsal, folders=folders):
            desk.record(
                f.CheckMade(check=check.check, seen=check.seen, verdict=check.verdict, basis=check.basis, sentence=check.sentence.english)
            )


class CompareClock(Action):
    """The witness types the wall time; the record keeps the difference and never sets the clock."""

    wall: str
    by: str

    def perform(self, desk: Desk) -> None:
        machine = desk.now()
        difference = parse_utc(machine) - parse_wall(self.wall)
        desk.record(f.ClockCompared(wall=self.wall, machine=machine, difference=int(difference.total_seconds()), by=self.by))


class Prepare(Step):
    id = "prepare"
    title = "Prepare"
    lead = "We look at the machine and compare its clock with the one on the wall."
    records = frozenset({f.CeremonyOpened, f.CheckMade, f.ClockCompared})

    def done(self, state: State, plan: Plan) -> bool:
        if state.course.closed is not None:
            return True
        blocked = any(check.verdict == "block" for check in state.course.checks.values())
        return bool(state.course.checks) and not blocked and state.course.clock is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        blocked = [check.check for check in state.course.checks.values() if check.verdict == "block"]
        inspect = Offer(InspectMachine, say("Check the machine"))
        if not state.course.checks or blocked:
            return (inspect,)
        return (Offer(CompareClock, say("Witness: type date and time in UTC from the clock on the wall")),)


class MakeRecordKey(Action):
    """Make the key that signs packages and the record; it lives in memory-backed storage and is wiped at the end."""

    def perform(self, desk: Desk) -> None:
        signer = f"record-{len(desk.state.course.record_keys) + 1}"
        made = desk.call(RoomName.RECORD, MakeRecordKeyRequest(label=signer))
        certificate = make_certificate(
            made.spki,
            lambda message: sign_message(desk, message),
            ceremony_id=desk.places.ceremony_id,
            signer=signer,
            utc=desk.now(),
            serial=secrets.randbits(127) | 1,
        )
        desk.record(
            f.RecordKeyMade(
                signer=signer,
                certificate=base64.b64encode(certificate).decode(),
                fingerprint=hashlib.sha256(certificate).hexdigest(),
                serial=made.serial,
            )
        )


class ReadHead(Action):
    """The administrator reads the head aloud, all write it down, the witness types groups of it back from paper."""

    point: str
    head: str
    places: tuple[int, ...]
    by: str
    typed: tuple[str, ...]

    def perform(self, desk: Desk) -> None:
        if self.head != desk.head:
            raise DoesNotHold(
                "head-moved",
                "The record went on since this head was read.",
                next_step="Read the head that is shown now.",
            )
        verify_groups(self.head, desk.asked_places(self.head, len(self.places)), self.typed, name="head")
        desk.record(f.HeadRead(point=self.point, head=self.head, by=self.by))


class CompareHead(Action):
    """After an interruption: the witness types groups of the last head from the paper of before, so that a record which somebody rewrote
    meanwhile does not go on."""

    places: tuple[int, ...]
    by: str
    typed: tuple[str, ...]

    def perform(self, desk: Desk) -> None:
        head = desk.state.course.last_head
        verify_groups(head, desk.asked_places(head, len(self.places)), self.typed, name="last head")
        desk.record(f.HeadCompared(head=head, groups=len(self.places), by=self.by))


def read_head_offer(point: str) -> Offer:
    """The offer to read the present head aloud at `point`; the desk's snapshot supplies the head itself."""
    return Offer(ReadHead, say("Read the head aloud; the witness types groups of it back from paper"), given={"point": point})


class OpenRecord(Step):
    id = "record-key"
    title = "Open the record"
    lead = "We make the record key, read its fingerprint aloud, and write it down."
    records = frozenset({f.HeadCompared, f.RecordKeyMade, f.HeadRead})
    after_abort = True

    def done(self, state: State, plan: Plan) -> bool:
        if state.course.manifest is not None:
            return True
        if state.course.head_in_doubt:
            return False
        return state.course.record_key_lives and state.course.head_was_read(f"record key {state.course.signer}")

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        if state.course.head_in_doubt:
            return (Offer(CompareHead, say("Witness: type groups of the last head from the paper of before the interruption")),)
        if not state.course.record_key_lives:
            return (Offer(MakeRecordKey, say("Make the record key")),)
        return (read_head_offer(f"record key {state.course.signer}"),)


class ReadPlan(Action):
    """Operator and witness compare the plan's words, screen against paper; the rules' findings go into the record."""

    compared_by: tuple[str, str]

    def perform(self, desk: Desk) -> None:
        digest = hashlib.sha256(desk.plan_bytes).hexdigest()
        opened = desk.state.course.opened
        if opened is None or digest != opened.plan_sha256:
            raise DoesNotHold(
                "plan-changed",
                "The plan is not the one this ceremony was opened with.",
                next_step="Put the approved plan back and resume.",
            )
        findings = rules.verify_all(desk.plan)
        desk.record(
            f.PlanLoaded(
                title=desk.plan.title,
                environment=desk.plan.environment.value,
                sha256=digest,
                words_compared_by=self.compared_by,
                findings=tuple(
                    f.FindingMade(rule=one.rule, verdict=one.verdict.value, sentence=one.sentence.english)
                    for one in findings
                    if one.verdict is not Verdict.NOT_APPLICABLE
                ),
            )
        )


class PlanWords(Step):
    id = "plan"
    title = "Read the plan"
    lead = "Operator and witness read the words of the plan's digest in turn, one from the screen, one from paper."
    records = frozenset({f.PlanLoaded})

    def done(self, state: State, plan: Plan) -> bool:
        return state.course.plan is not None

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        readers = tuple(person.name for role in (Role.OPERATOR, Role.WITNESS) for person in plan.having(role)[:1])
        return (Offer(ReadPlan, say("Compare the plan's words; type who compared them: {readers}", readers=" and ".join(readers))),)
