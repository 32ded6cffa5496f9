"""Backups: a secret per group, split at once, and each key wrapped under it onto two media."""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from ceremony_app.engine.action import Action, Offer
from ceremony_app.engine.desk import Desk, RoomName
from ceremony_app.engine.living import living_set
from ceremony_app.engine.places import MEDIA
from ceremony_app.engine.step import Step
from ceremony_app.engine.steps.opening import read_head_offer
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.plan.model import Backup, Plan
from ceremony_app.record import facts as f
from ceremony_app.record.file import read_regular, sync_directory, write_new
from ceremony_app.record.state import State
from ceremony_app.record.state.sets import CardSet
from ceremony_app.strongroom import protocol as p
from ceremony_app.text import say

MAX_BACKUP = 1024 * 1024


def backup_path(group: str, label: str) -> str:
    """Where a backup file lies on each medium."""
    return f"{group}/{label}.json"


class MakeShareSet(Action):
    """Make the group's backup secret and split it; all subsets are recombined before anything is printed."""

    group: str

    def perform(self, desk: Desk) -> None:
        backup = desk.plan.backup(self.group)
        made = desk.call(
            RoomName.KEYS,
            p.MakeShareSet(
                group=backup.name,
                set_id=new_set_id(desk.state),
                threshold=backup.threshold,
                count=backup.shares,
                used_identifiers=tuple(one.made.identifier for one in desk.state.sets.all),
            ),
        )
        desk.record(
            f.ShareSetMade(
                group=backup.name,
                set_id=made.set_id,
                identifier=made.identifier,
                threshold=made.threshold,
                count=made.count,
                fingerprints=made.fingerprints,
                check_value=made.check_value,
                subsets=made.subsets,
            )
        )


class MakeShareSetWithDice(MakeShareSet):
    """The same, with rolls of dice mixed into the secret: 50 or more digits from 1 to 6, typed by whoever rolled them."""

    secrets = ("dice",)
    room = RoomName.KEYS


def new_set_id(state: State) -> str:
    """Eight random decimal digits that no set of this record has."""
    used = {one.made.set_id for one in state.sets.all}
    while True:
        set_id = f"{secrets.randbelow(10**8):08d}"
        if set_id not in used:
            return set_id


class BackUp(Action):
    """Wrap one key under the group's secret, write the file to both media, read it back."""

    group: str
    label: str

    def perform(self, desk: Desk) -> None:
        card_set = living_set(desk.state, self.group)
        key = desk.plan.key(self.label)
        if self.label not in card_set.backups_begun:
            desk.record(f.BackupBegun(label=self.label, group=self.group, set_id=card_set.made.set_id))
        made = desk.call(
            RoomName.KEYS,
            p.BackUpKey(
                group=self.group,
                cka_id=desk.state.keys.by_label[self.label].cka_id,
                algorithm=key.algorithm,
                metadata=metadata(desk, self.label, card_set),
            ),
        )
        path = backup_path(self.group, self.label)
        for medium in MEDIA:
            target = desk.places.medium(medium) / path
            write_new(target, made.content, private=True)
            _verify_written(target, made.content, medium)
        desk.record(
            f.BackupMade(
                label=self.label,
                group=self.group,
                set_id=card_set.made.set_id,
                method=made.method,
                path=path,
                sha256=hashlib.sha256(made.content).hexdigest(),
                size=len(made.content),
                media=MEDIA,
            )
        )


def metadata(desk: Desk, label: str, card_set: CardSet) -> bytes:
    """The exact JSON that rebuilds the object after an unwrap (docs/record-format.md, backup file)."""
    made = desk.state.keys.by_label[label].made
    assert made is not None  # noqa: S101 (backups come after keys)
    key = desk.plan.key(label)
    return msgspec.json.encode(
        p.BackupMetadata(
            ceremony_id=desk.places.ceremony_id,
            group=card_set.made.group,
            set_id=card_set.made.set_id,
            label=made.label,
            cka_id=made.cka_id,
            algorithm=key.algorithm,
            purpose=key.purpose,
            spki=base64.b64decode(made.spki),
            check_value=made.check_value,
        )
    )


def _verify_written(path: Path, content: bytes, medium: str) -> None:
    if read_regular(path, limit=MAX_BACKUP) != content:
        raise DoesNotHold(
            "backup-not-equal",
            "The backup file on {medium} reads back differently.",
            stands="The key is in the token; this backup does not count.",
            next_step="Exchange the medium and back the key up again.",
            medium=medium,
        )


class VoidSet(Action):
    """End a set whose secret is gone before its recovery was rehearsed: its cards are destroyed before witnesses, its files removed."""

    group: str
    set_id: str
    cards_destroyed: tuple[int, ...]
    seen_by: Annotated[str, Meta(min_length=1, max_length=80)]
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]

    def perform(self, desk: Desk) -> None:
        card_set = desk.state.sets.by_id(self.set_id)
        exist = {card.number for card in card_set.cards.values() if card.phase in ("issued", "proved", "sealed")}
        maybe = {card.number for card in card_set.cards.values()}
        said = set(self.cards_destroyed)
        if not exist <= said or not said <= maybe:
            raise BadInput(
                "cards-not-counted",
                "Cards {exist} of set {set_id} exist; destroyed were said to be {said}.",
                next_step="Collect every card of this set, shred them before the witness, and name their numbers.",
                exist=", ".join(map(str, sorted(exist))) or "none",
                set_id=self.set_id,
                said=", ".join(map(str, sorted(said))) or "none",
            )
        for medium in MEDIA:
            for label in card_set.backups_begun:
                path = desk.places.medium(medium) / backup_path(self.group, label)
                if path.exists():
                    path.unlink()
                    sync_directory(path.parent)
        desk.record(
            f.ShareSetVoided(
                group=self.group,
                set_id=self.set_id,
                reason=self.reason,
                cards_destroyed=tuple(sorted(said)),
                seen_by=self.seen_by,
            )
        )


def void_offer(card_set: CardSet) -> Offer:
    """The offer to void a lost set; the numbers of its cards are asked for, not assumed."""
    return Offer(
        VoidSet,
        say("Set {set_id} of {group} is void: destroy its cards", set_id=card_set.made.set_id, group=card_set.made.group),
        given={"group": card_set.made.group, "set_id": card_set.made.set_id},
    )


def lost_sets(state: State) -> list[CardSet]:
    return [one for one in state.sets.living if one.lost]


class Backups(Step):
    id = "backups"
    title = "Backup files"
    lead = "Each group of keys gets a backup secret, which is split; its files go to two media."
    records = frozenset({f.ShareSetMade, f.ShareSetVoided, f.BackupBegun, f.BackupMade, f.HeadRead})

    def applies(self, plan: Plan) -> bool:
        return bool(plan.backups)

    def done(self, state: State, plan: Plan) -> bool:
        made = not lost_sets(state) and all(self._made(state, backup) for backup in plan.backups)
        return made and state.course.head_was_read("backup files")

    def _made(self, state: State, backup: Backup) -> bool:
        card_set = state.sets.of(backup.name)
        return card_set is not None and set(card_set.backups) == set(backup.keys)

    def offers(self, state: State, plan: Plan) -> tuple[Offer, ...]:
        lost = lost_sets(state)
        if lost:
            return tuple(void_offer(one) for one in lost)
        total = sum(len(backup.keys) for backup in plan.backups)
        number = 0
        for backup in plan.backups:
            card_set = state.sets.of(backup.name)
            if card_set is None:
                words = say("Make and split the backup secret of {group}", group=backup.name)
                dice = say("Mix rolls of dice into the backup secret of {group}", group=backup.name)
                given = {"group": backup.name}
                return (Offer(MakeShareSet, words, given=given), Offer(MakeShareSetWithDice, dice, given=given, optional=True))
            for label in backup.keys:
                number += 1
                if label not in card_set.backups:
                    words = say("Backup {number} of {total}: {label}", number=number, total=total, label=label)
                    return (Offer(BackUp, words, given={"group": backup.name, "label": label}),)
        return (read_head_offer("backup files"),)
