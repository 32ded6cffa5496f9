"""What scripted people say: the answers and secrets of a rehearsal that nobody sits at.

They read what is on the screen and on paper, as people would: heads from their own paper, fingerprints from the second channel's file,
words from the cards that were saved. Secrets never pass here: a person hands over a file, and the strongroom reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ceremony_app.clouds.fingerprint import fingerprint_groups, second_channel_fingerprint
from ceremony_app.engine import heads
from ceremony_app.engine.action import Offer
from ceremony_app.engine.desk import RoomName
from ceremony_app.engine.engine import Engine, Secret
from ceremony_app.engine.seal import record_head
from ceremony_app.engine.steps import (
    backups,
    bags,
    cards,
    closing,
    gate,
    goods,
    hold,
    keys,
    opening,
    people,
    recipients,
    recovery,
    sealing,
    token,
    wrap,
)
from ceremony_app.plan.model import Export, Role
from ceremony_app.strongroom.protocol import HandOver

SecondMachine = Callable[[Path, str, str], int]

PROOF_WORDS = "lantern harbour {number}"
MANNERS = ("words", "prefixes", "digits", "image", "capitals", "numbered")
"""How custodians enter their cards, one after the other, so that a rehearsal exercises every way."""

DOCUMENT = "passport"


def seat(engine: Engine, role: Role) -> str:
    """Who sits in the first seat with this role."""
    return engine.state.seats.who(engine.plan.having(role)[0].name)


def answers_for(engine: Engine, offer: Offer, second_machine: SecondMachine) -> dict[str, Any]:
    """The fields that scripted people would answer for an offer."""
    witness, administrator = seat(engine, Role.WITNESS), seat(engine, Role.ADMINISTRATOR)
    operator = seat(engine, Role.OPERATOR)
    state, given = engine.state, offer.given
    match offer.action:
        case opening.CompareClock:
            return {"wall": engine.now(), "by": witness}
        case opening.ReadHead:
            return {"by": witness, "typed": _typed(engine.head, given)}
        case opening.ReadPlan:
            return {"compared_by": (operator, witness)}
        case people.SignIn:
            return {"identity_seen_by": witness if given["name"] != witness else administrator, "document": DOCUMENT}
        case goods.OpenBag:
            return {"number": "TEB-0001", "intact": True, "by": witness}
        case goods.CountGoods:
            return _count(engine, str(given["item"]), witness)
        case recipients.AcceptRecipient:
            return {"typed": _fingerprint(engine, offer), "channel": "fingerprint.txt, made separately", "by": witness}
        case gate.OpenGate:
            return {"witness": witness, "typed": _typed(state.course.last_head, given)}
        case keys.ProveKey:
            return {"words": PROOF_WORDS.format(number=len(state.keys.by_label)), "by": witness}
        case backups.VoidSet:
            numbers = tuple(sorted(state.sets.by_id(str(given["set_id"])).cards))
            reason = "interrupted before the recovery was rehearsed" if not state.course.aborted else "the ceremony was aborted"
            return {"cards_destroyed": numbers, "seen_by": witness, "reason": reason}
        case _:
            return _later_answers(engine, offer, second_machine)


def _later_answers(engine: Engine, offer: Offer, second_machine: SecondMachine) -> dict[str, Any]:
    """The same for cards, bags, exports and closing."""
    witness, administrator = seat(engine, Role.WITNESS), seat(engine, Role.ADMINISTRATOR)
    state, given = engine.state, offer.given
    match offer.action:
        case opening.CompareHead:
            return {"by": witness, "typed": _typed(state.course.last_head, given)}
        case cards.AcceptSheet:
            return {"seen_by": witness}
        case recovery.DrawCards:
            return {"numbers": _draw(engine, str(given["group"])), "drawn_by": witness}
        case bags.SealCard:
            bag = next_bag(engine)
            return {"bag": bag, "bag_again": bag}
        case hold.TakeReceipt:
            return {"by": witness, "decision": ""}
        case hold.EndHold:
            return {"by": administrator}
        case closing.AgreeDeviations:
            return {"count": len(state.course.deviations), "by": administrator}
        case closing.SealBag:
            bag = next_bag(engine)
            return {"number": bag, "number_again": bag, "holder": _controller(engine)}
        case closing.MakeStatement:
            return {"agrees": True, "reason": ""}
        case sealing.CheckFolder:
            head = record_head(engine.places)
            fingerprint = state.course.record_keys[-1].fingerprint
            checks = second_machine(engine.places.evidence, head, fingerprint)
            return {"head": " ".join(heads.groups(head)), "machine": "second machine (rehearsal)", "checks": checks, "by": witness}
        case _:
            return {}


def is_ready(engine: Engine, offer: Offer) -> bool:
    """False while scripted people would still wait: for a receipt that has not come back, or for a recipient to be accepted anew after the
    practice cloud had to replace an expired one. Nobody brings a receipt later in a rehearsal, so they end the hold with an open item
    when nothing else is left to do."""
    if offer.action is hold.TakeReceipt:
        return engine.receipt_file(_export(engine, offer)).is_file()
    if offer.action is wrap.WrapExport:
        return not was_replaced(engine, _export(engine, offer))
    if offer.action is keys.MakeKey and not engine.state.keys.by_label:
        return not any(was_replaced(engine, export) for export in engine.plan.exports)
    return True


def is_fallback(engine: Engine, offer: Offer) -> bool:
    """True for what scripted people do when nothing is ready: accept a replaced recipient, or end the hold."""
    if offer.action is recipients.AcceptRecipient:
        return was_replaced(engine, _export(engine, offer))
    return offer.action is hold.EndHold


def was_replaced(engine: Engine, export: Export) -> bool:
    """The recipient that lies there now is not the one that was accepted."""
    accepted = recipients.shipment(engine.state, export).recipient
    return accepted is None or recipients.read_recipient(engine, export).spki_sha256 != accepted.spki_sha256


def _export(engine: Engine, offer: Offer) -> Export:
    given = offer.given
    return recipients.find_export(engine.plan, str(given["key"]), str(given["destination"]), str(given["resource"]))


def _typed(value: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups that are asked for, as they stand on the witness's own paper."""
    parts = heads.groups(value)
    return tuple(parts[place - 1] for place in given["places"])


def _count(engine: Engine, item: str, witness: str) -> dict[str, Any]:
    count = goods.needed(engine.plan)[item]
    numbers = tuple(f"TEB-{number:04d}" for number in range(101, 101 + count)) if item == "tamper-evident bags" else ()
    return {"count": count, "numbers": numbers, "by": witness}


def _fingerprint(engine: Engine, offer: Offer) -> tuple[str, ...]:
    """The groups that are asked for, from the second channel's file."""
    export = _export(engine, offer)
    paper = fingerprint_groups(second_channel_fingerprint(engine.recipient_files(export)))
    return tuple(f"{place}:{paper[place - 1]}" for place in offer.given["places"])


def _draw(engine: Engine, group: str) -> tuple[int, ...]:
    """The last T cards, so that the first ones are not the only ones that ever work."""
    backup = engine.plan.backup(group)
    return tuple(range(backup.shares - backup.threshold + 1, backup.shares + 1))


def next_bag(engine: Engine) -> str:
    """The next bag of those counted."""
    counted = engine.state.token.counted.get("tamper-evident bags")
    used = {card.bag for one in engine.state.sets.all for card in one.cards.values()}
    used |= {bag.number for bag in engine.state.token.bags_sealed.values()}
    return next((number for number in (counted.numbers if counted else ()) if number not in used), f"TEB-{9000 + len(used)}")


def _controller(engine: Engine) -> str:
    controllers = engine.plan.having(Role.CONTROLLER) or (engine.plan.administrator,)
    return engine.state.seats.who(controllers[len(engine.state.token.bags_sealed) % len(controllers)].name)


def secrets_for(engine: Engine, offer: Offer, fields: Mapping[str, Any], *, skip: Mapping[str, Secret]) -> dict[str, Secret]:
    """The files that scripted people hand over for an offer, but for those that are given otherwise."""
    values = {**fields, **offer.given}
    wanted = [name for name in offer.action.secrets if name not in skip]
    return {name: _hand_over(engine, offer, values) for name in wanted}


def _hand_over(engine: Engine, offer: Offer, values: Mapping[str, Any]) -> Path:
    match offer.action:
        case token.ProvePinHalf:
            request = HandOver(secret=f"pin/{values['role']}/{values['half']}")
        case cards.ProveCard:
            number = int(values["number"])
            request = HandOver(secret=f"card/{values['group']}/{number}", manner=MANNERS[(number - 1) % len(MANNERS)])
        case recovery.EnterCard:
            number = int(values["number"])
            request = HandOver(secret=f"card/{values['group']}/{number}", manner=MANNERS[number % len(MANNERS)])
        case _:
            request = HandOver(secret=f"witness-code/{values.get('witness', values.get('by'))}")
    return Path(engine.call(RoomName.PEOPLE, request).path)
