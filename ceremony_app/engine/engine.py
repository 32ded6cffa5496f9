"""The engine: opens or resumes a ceremony, offers what its current step offers, takes filled offers, records facts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ceremony_app.clouds.destination import export_folder, input_folder
from ceremony_app.clouds.fingerprint import FEWEST_GROUPS
from ceremony_app.clouds.practice import BITS, answer_requests, open_package
from ceremony_app.engine import anytime, heads
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.clock import parse_utc, utc_text
from ceremony_app.engine.desk import RoomName
from ceremony_app.engine.journals import Journals
from ceremony_app.engine.kinds import kind_of
from ceremony_app.engine.leftovers import remove_partial
from ceremony_app.engine.order import objection
from ceremony_app.engine.places import Places
from ceremony_app.engine.rooms import Rooms, protections
from ceremony_app.engine.run import verify_run
from ceremony_app.engine.step import Step, current, may_record
from ceremony_app.engine.steps.gate import OpenGate
from ceremony_app.engine.steps.opening import CompareHead, ReadHead
from ceremony_app.engine.steps.recipients import AcceptRecipient
from ceremony_app.errors import BadInput, CeremonyError, DoesNotHold
from ceremony_app.machine import software
from ceremony_app.plan.load import parse_plan, read_plan
from ceremony_app.plan.model import Export
from ceremony_app.record import facts as f
from ceremony_app.record.file import replace_file
from ceremony_app.record.folder import Folder
from ceremony_app.record.state import State
from ceremony_app.strongroom.protocol import Prepared, Request

R = TypeVar("R")
Secret = bytearray | Path
"""What was typed, or (rehearsals) the file of a scripted person."""

FORMAT = 1


class Setting(msgspec.Struct, frozen=True):
    """What does not come from the plan. `inputs`: directory with what providers handed out; None lets the practice cloud answer. `second`:
    directory for the record's second place, or None. `practice_bits`: length of the practice cloud's RSA keys."""

    out: Path
    module: str
    practice_module: str
    inputs: Path | None = None
    second: Path | None = None
    rehearsal: bool = True
    practice_bits: int = BITS


class Engine:
    """One ceremony. Implements `Desk` for actions; window, driver and tests use `step`, `offers`, `take`."""

    def __init__(self, setting: Setting, places: Places, plan_bytes: bytes, journals: Journals) -> None:
        self._setting = setting
        self.places = places
        self.plan_bytes = plan_bytes
        self.plan = parse_plan(plan_bytes)
        self.kind = kind_of(self.plan.kind)
        self._journals = journals
        self._state = verify_run(journals.entries(), self.plan)
        self._asked: dict[tuple[str, int], tuple[int, ...]] = {}
        self.watch: Callable[[], None] = lambda: None
        self.on_progress: Callable[[str, int, int], None] = lambda text, done, of: None
        self._rooms = Rooms(
            places,
            setting.module,
            setting.practice_module,
            rehearsal=setting.rehearsal,
            inherit=(journals.lock,),
            started=self._room_started,
        )

    # opening and resuming

    @classmethod
    def begin(cls, setting: Setting, plan_bytes: bytes) -> Engine:
        """Open a new ceremony below `setting.out`; raises `BadInput` when one was begun there."""
        if not setting.rehearsal:
            raise _not_built()
        now = datetime.now(UTC)
        ceremony_id = f"{now:%Y%m%d}-{''.join(secrets.choice('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567') for _ in range(8))}"
        places = Places(setting.out, ceremony_id)
        plan = parse_plan(plan_bytes)
        kind_of(plan.kind)
        folder = Folder.create(places.evidence.parent, ceremony_id)
        replace_file(folder.plan, plan_bytes)
        engine = cls(setting, places, plan_bytes, Journals.create(places, setting.second))
        engine._record_opening()
        return engine

    def _record_opening(self) -> None:
        self.record(
            f.CeremonyOpened(
                ceremony_id=self.places.ceremony_id,
                kind=self.plan.kind.value,
                mode="rehearsal" if self._setting.rehearsal else "production",
                format=FORMAT,
                plan_sha256=hashlib.sha256(self.plan_bytes).hexdigest(),
                software=tuple(f.Software(name=name, version=version, sha256=digest) for name, version, digest in software()),
            )
        )

    @classmethod
    def resume(cls, setting: Setting, ceremony_id: str) -> Engine:
        """Reopen a ceremony where its record ends. Raises `BadInput` `ceremony-over` when it is closed for good, `plan-changed` when the
        plan beside the record is another one, `DoesNotHold` `run-not-legal` when the record is not what this program would write."""
        places = Places(setting.out, ceremony_id)
        journals, found = Journals.open(places, setting.second)
        try:
            plan_bytes = _plan_of(places, journals)
            engine = cls(setting, places, plan_bytes, journals)
            if not setting.rehearsal or not engine._state.course.rehearsal:
                raise _not_built()
            if engine._state.course.wiped is not None:
                raise BadInput(
                    "ceremony-over",
                    "The ceremony {ceremony_id} in {out} is over.",
                    next_step="Verify it with: ceremony verify {folder} -- or choose another directory for a new one.",
                    ceremony_id=ceremony_id,
                    out=str(setting.out),
                    folder=str(places.evidence),
                )
            if not journals.entries():
                # it was interrupted between making the record and its first line
                engine._record_opening()
            engine._record_gap(found)
        except CeremonyError:
            journals.close()
            raise
        return engine

    def _record_gap(self, found: list[f.AnyFact]) -> None:
        """What an interruption left, before anything else."""
        last = self._journals.entries()[-1]
        for fact in found:
            self.record(fact)
        lost = self._state.course.record_key_lives
        self.record(f.ProcessStarted(process="desk", protections={}))
        partial = remove_partial(self.places)
        if partial:
            what = f"{partial} files that were being written at the interruption were removed; the files themselves are written again."
            self.record(f.GapExplained(what=what, by=""))
        for room, wiped in self._rooms.wipe_leftovers():
            what = f"The {room.value} token's memory-backed storage was still there; {wiped.overwritten} of {wiped.files} files were wiped."
            self.record(f.GapExplained(what=what, by=""))
        if lost:
            self.record(f.RecordKeyLost(signer=self._state.course.signer, reason="the process that held it has ended"))
        step = self.step
        where = f"{self.kind.line(step)} {step.title}" if step else "the end"
        self.record(
            f.GapExplained(
                what=f"Resumed after an interruption: the last entry was {last.seq} at {last.utc}; it goes on at {where}.", by=""
            )
        )

    def close(self) -> None:
        """Let go of strongrooms and record; what is recorded stays."""
        self._rooms.end_all()
        self._journals.close()

    def kill(self) -> None:
        """End every strongroom at once, from any thread."""
        self._rooms.kill()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what window and driver use

    @property
    def step(self) -> Step | None:
        """The current step; None when the ceremony is over."""
        return current(self.kind, self._state, self.plan)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What can be done now: the current step's offers, then those of any time."""
        step = self.step
        if step is None:
            return ()
        always = anytime.anytime(self._state, self.plan)
        if self._state.course.halted:
            return always
        return (*map(self._completed, step.offers(self._state, self.plan)), *always)

    def _completed(self, offer: Offer) -> Offer:
        """Heads, and the places that are asked for, are given by the desk: they are what the screen shows at this moment."""
        given: dict[str, Any] = {}
        if offer.action is ReadHead:
            given = {"head": self.head, "places": self.asked_places(self.head, heads.GATE_GROUPS)}
        elif offer.action is OpenGate:
            given = {"places": self.asked_places(self._state.course.last_head, heads.GATE_GROUPS)}
        elif offer.action is CompareHead:
            given = {"places": self.asked_places(self._state.course.last_head, heads.COMPARED_GROUPS)}
        elif offer.action is AcceptRecipient:
            given = {"places": self.asked_places(self._state.course.last_head, FEWEST_GROUPS)}
        return msgspec.structs.replace(offer, given={**offer.given, **given}) if given else offer

    def take(self, offer: Offer, answers: Mapping[str, Any], deposits: Mapping[str, Secret] | None = None) -> None:
        """Fill an offer and perform its action. Raises `BadInput` when it is not offered now, and whatever the action raises."""
        if offer not in self.offers:
            raise BadInput("not-offered", "“{words}” is not on offer now.", next_step="Look at what is offered.", words=str(offer.words))
        if offer.why_not is not None:
            raise BadInput(
                "not-now",
                "“{words}” cannot be done now: {why}",
                next_step="Bring about what is missing first.",
                words=str(offer.words),
                why=str(offer.why_not),
            )
        action = offer.fill(answers)
        try:
            self._deposit(action, deposits or {})
            action.perform(self)
        finally:
            _wipe(deposits or {})

    def _deposit(self, action: Action, deposits: Mapping[str, Secret]) -> None:
        for name in action.secrets:
            secret = deposits.get(name)
            if secret is None or action.room is None:
                raise BadInput("secret-missing", "The entry “{name}” is missing.", next_step="Enter it.", name=name)
            self._rooms.deposit(action.room, name, secret)

    # Desk

    @property
    def state(self) -> State:
        return self._state

    @property
    def head(self) -> str:
        return self._journals.head

    def now(self) -> str:
        return utc_text(datetime.now(UTC))

    def wall_now(self) -> str:
        clock = self._state.course.clock
        difference = clock.difference if clock else 0
        return utc_text(datetime.now(UTC) - timedelta(seconds=difference))

    def record(self, fact: f.AnyFact) -> None:
        step = self.step
        if not may_record(step, fact):
            raise _out_of_order(fact, f"it does not belong to the step {step.id if step else 'after the end'}")
        reason = objection(fact, self._state, self.plan)
        if reason:
            raise _out_of_order(fact, reason)
        entry = self._journals.append(fact, step=step.id if step else "end", utc=self.now())
        self._state.absorb(entry)
        self._asked.clear()
        lost = self._journals.take_second_lost()
        if lost:
            self.record(f.SecondPlaceLost(reason=lost))
        self.watch()

    def call(self, room: RoomName, request: Request[R]) -> R:
        return self._rooms.call(room, request)

    def end(self, room: RoomName) -> None:
        self._rooms.end(room)

    def asked_places(self, value: str, count: int) -> tuple[int, ...]:
        return self._asked.setdefault((value, count), heads.draw_places(count))

    def recipient_files(self, export: Export) -> Path:
        if self._setting.inputs is not None:
            return input_folder(self._setting.inputs, export)
        cloud = self._client(RoomName.CLOUD)
        answer_requests(cloud, self.plan, self.places.handed_out, parse_utc(self.wall_now()), self._setting.practice_bits)
        return input_folder(self.places.handed_out, export)

    def receipt_file(self, export: Export) -> Path:
        if self._setting.inputs is not None:
            return input_folder(self._setting.inputs, export) / "receipt.json"
        package = self.places.evidence / export_folder(export)
        receipt = open_package(
            self._client(RoomName.CLOUD),
            (package / "package.json").read_bytes(),
            (package / "EncryptedKeyMaterial.bin").read_bytes(),
            self.wall_now(),
        )
        target = input_folder(self.places.handed_out, export) / "receipt.json"
        replace_file(target, receipt)
        return target

    def begin_addendum(self, number: int) -> None:
        self._journals.begin_addendum(number)

    def progress(self, text: str, done: int, of: int) -> None:
        self.on_progress(text, done, of)

    def _client(self, room: RoomName) -> _Asker:
        return _Asker(self._rooms, room)

    def _room_started(self, room: RoomName, prepared: Prepared) -> None:
        if room is RoomName.RECORD and self._state.course.record_key_lives:
            self.record(f.RecordKeyLost(signer=self._state.course.signer, reason="the process that held it has ended"))
        self.record(f.ProcessStarted(process=room.value, protections=protections(prepared)))


def _wipe(deposits: Mapping[str, Secret]) -> None:
    """What was typed does not stay at the desk, whether it was handed over or refused."""
    for secret in deposits.values():
        if isinstance(secret, bytearray):
            secret[:] = bytes(len(secret))


def _not_built() -> BadInput:
    return BadInput(
        "production-not-built",
        "This build performs rehearsals only: cards cannot be printed yet.",
        next_step="Rehearse the plan; the same bytes are performed later.",
    )


def _out_of_order(fact: f.AnyFact, reason: str) -> DoesNotHold:
    """Fail closed: what may not stand in the record is not done as if it did."""
    return DoesNotHold(
        "fact-out-of-order",
        "{fact} cannot be recorded here: {reason}.",
        stands="The record is as it was.",
        next_step="Look at what the record says and at what was really done; stop when they differ.",
        fact=type(fact).__name__,
        reason=reason,
    )


class _Asker:
    """A strongroom as the practice cloud sees it."""

    def __init__(self, rooms: Rooms, room: RoomName) -> None:
        self._rooms = rooms
        self._room = room

    def call(self, request: Request[R]) -> R:
        return self._rooms.call(self._room, request)


def _plan_of(places: Places, journals: Journals) -> bytes:
    """The plan beside the record, which must be the one it was opened with."""
    plan = Folder(places.evidence).plan
    if not plan.is_file():
        raise BadInput(
            "plan-missing",
            "{path} is missing: the plan that this ceremony was opened with.",
            next_step="Put the approved plan.toml back and resume.",
            path=str(plan),
        )
    plan_bytes = read_plan(plan)
    if not journals.entries():
        return plan_bytes
    opened = journals.entries()[0].fact
    if not isinstance(opened, f.CeremonyOpened) or opened.plan_sha256 != hashlib.sha256(plan_bytes).hexdigest():
        raise BadInput(
            "plan-changed",
            "The plan in {folder} is not the one this ceremony was opened with.",
            next_step="Put the approved plan.toml back and resume.",
            folder=str(places.evidence),
        )
    return plan_bytes
