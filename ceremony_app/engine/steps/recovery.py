"""The recovery rehearsal: in a process that never held the secret, drawn cards bring every key back into a scratch token."""

from __future__ import annotations

import base64
import contextlib
import hashlib

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.living import living_set
from ceremony_app.engine.places import MEDIA
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.backups import MAX_BACKUP
from ceremony_app.engine.steps.cards import known
from ceremony_app.errors import BadInput, CeremonyError, DoesNotHold
from ceremony_app.keys import proof_message
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.file import read_regular
from ceremony_app.record.state import State
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say


class DrawCards(Action):
    """The witness draws whose cards are entered. The strongroom that held the secret has ended by then."""

    group: str
    numbers: tuple[int, ...]
    drawn_by: str

    def perform(self, desk: Desk) -> None:
        card_set = living_set(desk.state, self.group)
        wanted = card_set.made.threshold
        if len(set(self.numbers)) != wanted or not set(self.numbers) <= set(range(1, card_set.made.count + 1)):
            raise BadInput(
                "cards-drawn",
                "{wanted} different cards from 1 to {count} are drawn, not {numbers}.",
                next_step="Draw again.",
                wanted=wanted,
                count=card_set.made.count,
                numbers=", ".join(map(str, self.numbers)),
            )
        # Also after a break, which closes the token but not the process that holds secret and words.
        desk.end(RoomName.KEYS)
        if desk.state.token.is_open:
            desk.record(f.TokenClosed(reason="the strongroom that held the backup secrets has ended"))
        desk.record(
            f.CardsDrawn(
                group=self.group,
                set_id=card_set.made.set_id,
                numbers=tuple(sorted(self.numbers)),
                drawn_by=self.drawn_by,
                medium=MEDIA[-1],
            )
        )


class EnterCard(Action):
    """A custodian whose card was drawn enters it from the paper."""

    secrets = ("card",)
    room = RoomName.RECOVERY
    group: str
    number: int
    by: str

    def perform(self, desk: Desk) -> None:
        card_set = living_set(desk.state, self.group)
        # Only the drawn card may be kept in hand: another one there would fill the place of one that was drawn.
        seen = desk.call(RoomName.RECOVERY, p.EnterCard(known=known(card_set), number=self.number))
        desk.record(
            f.CardEntered(
                group=self.group,
                set_id=card_set.made.set_id,
                number=seen.number,
                fingerprint=seen.fingerprint,
                entry=seen.entry,
                by=self.by,
            )
        )


class RehearseRecovery(Action):
    """Combine, restore every key of the group from the second medium, compare, prove, and wipe the scratch token."""

    group: str

    def perform(self, desk: Desk) -> None:
        try:
            self._rehearse(desk)
        except CeremonyError:
            _begin_anew(desk)
            raise

    def _rehearse(self, desk: Desk) -> None:
        card_set = living_set(desk.state, self.group)
        drawn = card_set.drawn
        assert drawn is not None  # noqa: S101 (offered only after the draw)
        scratch = desk.call(RoomName.RECOVERY, p.MakeScratchToken(label="SCRATCH"))
        desk.call(RoomName.RECOVERY, p.RecoverSecret(group=self.group))
        restored = []
        backups = list(card_set.backups.values())
        for number, backup in enumerate(backups, 1):
            desk.progress(f"restoring {backup.label}", number - 1, len(backups))
            restored.append(_restore(desk, backup, drawn.medium))
        desk.progress("", len(backups), len(backups))
        wiped = desk.call(RoomName.RECOVERY, p.WipeStorage())
        if wiped.left:
            raise DoesNotHold(
                "scratch-not-wiped",
                "{left} files of the scratch token could not be wiped.",
                stands="The keys came back equal; the scratch token still holds them, in memory-backed storage.",
                next_step="Power the machine off after the ceremony and record a deviation.",
                left=wiped.left,
            )
        desk.end(RoomName.RECOVERY)
        desk.record(
            f.RecoveryRehearsed(
                group=self.group,
                set_id=card_set.made.set_id,
                cards=drawn.numbers,
                medium=drawn.medium,
                keys=tuple(restored),
                scratch_serial=scratch.serial,
                scratch_left=wiped.left,
            )
        )


def _begin_anew(desk: Desk) -> None:
    """After a rehearsal that failed: wipe the scratch token and end the process, whose cards are spent. The new one's start is a fact, so
    that the drawn cards are asked for again."""
    with contextlib.suppress(CeremonyError):
        desk.call(RoomName.RECOVERY, p.WipeStorage())
    desk.end(RoomName.RECOVERY)
    desk.call(RoomName.RECOVERY, p.ForgetSecrets())


def _restore(desk: Desk, backup: f.BackupMade, medium: str) -> f.RestoredKey:
    row = desk.state.keys.by_label[backup.label]
    assert row.made is not None  # noqa: S101
    assert row.proof is not None  # noqa: S101
    key = desk.plan.key(backup.label)
    content = read_regular(desk.places.medium(medium) / backup.path, limit=MAX_BACKUP)
    digest = hashlib.sha256(content).hexdigest()
    if digest != backup.sha256:
        raise DoesNotHold(
            "backup-changed",
            "The backup file {path} on {medium} is not the one in the record.",
            next_step="Look at both media; if one of them is good, exchange the other and copy it.",
            path=backup.path,
            medium=medium,
        )
    restored = desk.call(
        RoomName.RECOVERY,
        p.RestoreKey(
            group=backup.group,
            content=content,
            algorithm=key.algorithm,
            purpose=key.purpose,
            spki=base64.b64decode(row.made.spki),
            check_value=row.made.check_value,
            message=proof_message(desk.places.ceremony_id, key.label, row.proof.words),
            proof=p.KeyProof(
                method=row.proof.method,
                value=base64.b64decode(row.proof.value),
                reference=base64.b64decode(row.proof.reference),
            ),
        ),
    )
    return f.RestoredKey(label=backup.label, backup_sha256=digest, spki_sha256=restored.spki_sha256, check_value=restored.check_value)


class Recovery(Step):
    id = "recovery"
    title = "Rehearse the recovery"
    lead = "The secret is gone from this machine. The witness draws cards; with them and the second medium every key must come back."
    records = frozenset({f.CardsDrawn, f.CardEntered, f.RecoveryRehearsed})

    def applies(self, plan: Plan) -> bool:
        return bool(plan.backups)

    def done(self, state: State, plan: Plan) -> bool:
        sets = [state.sets.of(backup.name) for backup in plan.backups]
        return all(one is not None and one.rehearsed is not None for one in sets)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        for backup in plan.backups:
            card_set = state.sets.of(backup.name)
            if card_set is None or card_set.rehearsed is not None:
                continue
            group = {"group": backup.name}
            if card_set.drawn is None:
                words = say("Witness: draw {count} cards of {group}", count=backup.threshold, group=backup.name)
                return (Offer(DrawCards, words, given=group),)
            for number in card_set.drawn.numbers:
                if number not in card_set.entered:
                    name = state.seats.who(backup.custodians[number - 1].name)
                    words = say("{name}: enter card {number} of {group}", name=name, number=number, group=backup.name)
                    return (Offer(EnterCard, words, given={**group, "number": number, "by": name}),)
            return (Offer(RehearseRecovery, say("Bring back every key of {group}", group=backup.name), given=group),)
        return ()
