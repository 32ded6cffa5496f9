"""A stage for whole ceremonies: plans, scripted people, a second machine, and photographs of everything that outlives a process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ceremony_app.audit.folder import audit_folder
from ceremony_app.audit.report import Report
from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.driver import Driver
from ceremony_app.engine.engine import Engine, Secret, Setting
from ceremony_app.engine.places import Places
from ceremony_app.engine.run import verify_run
from ceremony_app.engine.script import answers_for, secrets_for
from ceremony_app.errors import Halted
from ceremony_app.keys import Algorithm
from ceremony_app.plan.load import parse_plan
from ceremony_app.record import facts as f
from ceremony_app.record.chain import read_record
from ceremony_app.record.line import Entry
from ceremony_app.record.state import State, fold
from ceremony_app.resource import resource
from ceremony_app.settings import practice_module
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import DepositFile, ListObjects, OpenToken, Prepare, ProvePinHalf

ROOM = """version = 1
title = "Flow"
kind = "generate"
environment = "development"
approval = { by = "Rania Haddad, CISO", reference = "CHG-1001", date = 2026-11-20 }
people = [
    { name = "Adaeze Okafor", roles = ["administrator", "controller"], deputy = "Samuel Achterberg" },
    { name = "Jonas Weber", roles = ["operator"] },
    { name = "Ingrid Solheim", roles = ["witness"], deputy = "Noor Hashemi" },
    { name = "Priya Raman", roles = ["pin-holder"] },
    { name = "Kenji Watanabe", roles = ["pin-holder"] },
    { name = "Tomás Herrera", roles = ["custodian", "controller"] },
    { name = "Wanjiru Kamau", roles = ["custodian"] },
    { name = "Elif Demir", roles = ["custodian"], deputy = "Giorgos Pappas" },
]
"""
PAIR = """[[keys]]
label = "root-signing"
algorithm = "EC-P256"
purpose = "sign"
rotate_after_days = 365
"""
SECRET = """[[keys]]
label = "root-kek"
algorithm = "AES-256"
purpose = "encrypt"
rotate_after_days = 365
"""
EXPORT = """[[exports]]
key = "root-kek"
destination = "aws"
resource = "arn:aws:kms:eu-west-1:111122223333:key/5d2f7a10-3c1e-4b7d-9c54-0f6a1e2b3c02"
"""


def _backup(*labels: str) -> str:
    keys = ", ".join(f'"{label}"' for label in labels)
    return f"""[[backups]]
name = "root"
keys = [{keys}]
threshold = 2
custodians = [
    {{ name = "Tomás Herrera", place = "Safe A, Oslo" }},
    {{ name = "Wanjiru Kamau", place = "Safe B, Bergen" }},
    {{ name = "Elif Demir", place = "Bank box 118, Trondheim", deputy = "Giorgos Pappas" }},
]
"""


SMALL = (ROOM + PAIR + SECRET + _backup("root-signing", "root-kek")).encode()
"""A pair and a secret key, one card set 2 of 3, no exports."""
MIXED = (ROOM + PAIR + SECRET + _backup("root-signing", "root-kek") + EXPORT).encode()
"""The same, and the secret key goes to a cloud."""
SHIPPED = (ROOM + SECRET + _backup("root-kek") + EXPORT).encode()
"""One secret key, backed up and exported."""
TWO = (ROOM + PAIR + SECRET + _backup("root-signing") + _backup("root-kek").replace('"root"', '"other"')).encode()
"""A card set for each of two keys."""


def of_all_kinds(*, backed_up: Callable[[Algorithm], bool]) -> bytes:
    """A key for each algorithm and purpose; those that `backed_up` says share one card set."""
    text, labels = ROOM, []
    for algorithm in Algorithm:
        for purpose in sorted(algorithm.purposes, key=lambda one: one.value):
            label = f"{algorithm.value.lower()}-{purpose.value}"
            text += f'[[keys]]\nlabel = "{label}"\nalgorithm = "{algorithm.value}"\npurpose = "{purpose.value}"\nrotate_after_days = 365\n'
            labels += [label] if backed_up(algorithm) else []
    return (text + _backup(*labels)).encode()


def first() -> bytes:
    """The sample with two exports."""
    return resource("samples/first.toml").read_bytes()


def second_machine(folder: Path, head: str, fingerprint: str) -> int:
    """The witness's second machine, with head and signer from paper."""
    report = audit_folder(folder, head=head, signers=[fingerprint])
    report.require()
    return sum(check.verdict.value == "ok" for check in report.checks)


class Stage:
    """Everything below `out`. Short-lived tokens in memory-backed storage go with `clear`."""

    def __init__(self, out: Path, *, inputs: Path | None = None, second: Path | None = None) -> None:
        module = practice_module()
        self.setting = Setting(out=out, module=module, practice_module=module, inputs=inputs, second=second, practice_bits=2048)
        self.ceremony_id = ""

    @property
    def out(self) -> Path:
        return self.setting.out

    @property
    def places(self) -> Places:
        return Places(self.out, self.ceremony_id)

    def begin(self, plan: bytes = SMALL) -> Engine:
        engine = Engine.begin(self.setting, plan)
        self.ceremony_id = engine.places.ceremony_id
        return engine

    def resume(self) -> Engine:
        return Engine.resume(self.setting, self.ceremony_id)

    def entries(self) -> list[Entry]:
        """All entries as they lie on disk, addenda after the record."""
        return read_entries(self.places)

    def audit(self) -> Report:
        """The audit with values from paper; raises when a check fails."""
        state = fold(self.entries())
        assert state.course.closed is not None
        assert state.course.checked is not None
        report = audit_folder(
            self.places.evidence,
            head=state.course.checked.head,
            signers=[state.course.record_keys[-1].fingerprint],
            addenda=len(state.course.closed.addenda),
        )
        report.require()
        return report

    def clear(self) -> None:
        for room in ("record", "recovery"):
            shutil.rmtree(self.places.volatile(room), ignore_errors=True)


def read_entries(places: Places) -> list[Entry]:
    entries = list(read_record(places.record))
    number = 1
    while places.addendum(number).exists():
        entries += read_record(places.addendum(number))
        number += 1
    return entries


def find(engine: Engine, action: type[Action], **given: Any) -> Offer:
    """The offer of this action whose given fields are these."""
    for offer in engine.offers:
        if offer.action is action and all(offer.given.get(name) == value for name, value in given.items()):
            return offer
    offered = ", ".join(offer.action.__name__ for offer in engine.offers)
    step = engine.step
    raise AssertionError(f"{action.__name__} is not offered at {step.id if step else 'the end'}, but {offered}")


def take(engine: Engine, action: type[Action], *, secrets: dict[str, Secret] | None = None, **fields: Any) -> None:
    """Take the offer of this action as scripted people would, but for these fields and secrets."""
    given = {name: value for name, value in fields.items() if any(o.action is action and name in o.given for o in engine.offers)}
    offer = find(engine, action, **given)
    answers = {**answers_for(engine, offer, second_machine), **{k: v for k, v in fields.items() if k not in offer.given}}
    typed = secrets or {}
    engine.take(offer, answers, {**secrets_for(engine, offer, answers, skip=typed), **typed})


def play(engine: Engine, until: Callable[[Engine], bool] | str | type[Action] = "") -> None:
    """Let scripted people go on until a step (its id), an offered action, or a condition is reached; to the end by default."""
    while (step := engine.step) is not None:
        if isinstance(until, str):
            reached = step.id == until
        elif isinstance(until, type):
            reached = any(offer.action is until for offer in engine.offers)
        else:
            reached = until(engine)
        if reached:
            return
        before = engine.state.entries
        offer = next((one for one in engine.offers if not one.optional and one.why_not is None), None)
        assert offer is not None, f"nothing to take at {step.id}"
        take(engine, offer.action, **offer.given)
        assert engine.state.entries > before, f"stuck at {step.id} with {offer.action.__name__}"
    assert until == "", f"the ceremony ended before {until}"


def drive(engine: Engine, **options: Any) -> None:
    """The driver itself, to the end; an aborted ceremony ends too."""
    try:
        Driver(engine, second_machine=second_machine, **options).run()
    except Halted as halted:
        assert halted.code == "aborted"


def verify(stage: Stage, engine: Engine) -> State:
    """What holds of every finished ceremony: the audit, a legal run, and a state that the entries alone add up to."""
    stage.audit()
    entries = stage.entries()
    state = verify_run(entries, parse_plan(engine.plan_bytes))
    assert repr(state) == repr(engine.state) == repr(fold(entries))
    assert state.course.wiped is not None
    assert not stage.places.volatile("record").exists() or not list(stage.places.volatile("record").rglob("*.object"))
    return state


def tags(entries: list[Entry]) -> list[tuple[str, str]]:
    return [(entry.step, entry.tag) for entry in entries]


def told(state: State, kind: type[f.Fact]) -> list[Any]:
    """All facts of one kind."""
    return [fact for _, fact in state.history.of(kind)]


@contextmanager
def opened_token(stage: Stage, state: State) -> Iterator[Strongroom]:
    """The key token, opened with the mailers' halves by a process of its own."""
    token = state.token.initialised
    assert token is not None
    secrets = stage.places.practice / "secrets"
    with Strongroom.start(stage.setting.module) as room:
        room.call(Prepare(storage=str(stage.places.token), practice=str(stage.places.practice)))
        for half in ("A", "B"):
            room.call(DepositFile(name="pin-half", path=str(secrets / f"pin-user-{half}")))
            room.call(ProvePinHalf(role="user", half=half))
        room.call(OpenToken(label=token.label, serial=token.serial))
        yield room


def token_objects(stage: Stage, state: State) -> list[tuple[str, str]]:
    """(class, label) of every object in the key token."""
    if state.token.initialised is None:
        return []
    with opened_token(stage, state) as room:
        listed = room.call(ListObjects())
    assert listed.remnants == ()
    return sorted((one.object_class, one.label) for one in listed.objects)


@contextmanager
def staged(out: Path, **options: Any) -> Iterator[Stage]:
    stage = Stage(out, **options)
    try:
        yield stage
    finally:
        stage.clear()
