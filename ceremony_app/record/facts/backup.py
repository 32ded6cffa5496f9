"""Facts about backups: card sets, backup files, cards, and the recovery rehearsal."""

from __future__ import annotations

from ceremony_app.record.facts.fact import Fact, Row


class ShareSetMade(Fact):
    """A group's backup secret was made and split; all `fingerprints` in share order. `subsets` were recombined by two implementations."""

    group: str
    set_id: str
    identifier: int
    threshold: int
    count: int
    fingerprints: tuple[str, ...]
    check_value: str
    subsets: int


class ShareSetVoided(Fact):
    """The set ends: cards with these numbers existed and were destroyed before witnesses; its backup files restore nothing any more."""

    withholdable = False
    group: str
    set_id: str
    reason: str
    cards_destroyed: tuple[int, ...]
    seen_by: str


class BackupBegun(Fact):
    """Intent: this key's backup file is about to be written to the media."""

    label: str
    group: str
    set_id: str


class BackupMade(Fact):
    """The backup file was written to each medium and read back equal. `path` is relative to each medium."""

    label: str
    group: str
    set_id: str
    method: str
    path: str
    sha256: str
    size: int
    media: tuple[str, ...]


class CardBegun(Fact):
    """Intent: one sheet is about to be printed (or saved, in a rehearsal). From here on the card counts as a copy."""

    group: str
    set_id: str
    number: int
    attempt: int
    custodian: str


class CardIssued(Fact):
    """The sheet came out whole, as `seen_by` saw; `how` is `printed` or `saved` (rehearsal)."""

    group: str
    set_id: str
    number: int
    attempt: int
    how: str
    seen_by: str


class CardSpoiled(Fact):
    """The sheet is no good. `recovered`: `whole` (shredded, and printed again), `nothing came out` (the printer was opened and is empty;
    printed again), or `not whole`, which makes the set void."""

    withholdable = False
    group: str
    set_id: str
    number: int
    attempt: int
    recovered: str
    shredded_by: str
    seen_by: str


class CardProved(Fact):
    """The custodian proved the card from the paper; `entry` is `words`, `digits` or `image`."""

    group: str
    set_id: str
    number: int
    fingerprint: str
    entry: str
    by: str


class CardsDrawn(Fact):
    """The witness drew which cards of the set are entered in the recovery rehearsal."""

    group: str
    set_id: str
    numbers: tuple[int, ...]
    drawn_by: str
    medium: str


class CardEntered(Fact):
    """A drawn card was entered from paper into the recovery strongroom and is genuine."""

    group: str
    set_id: str
    number: int
    fingerprint: str
    entry: str
    by: str


class RestoredKey(Row):
    label: str
    backup_sha256: str
    spki_sha256: str
    check_value: str


class RecoveryRehearsed(Fact):
    """The drawn cards brought back every key of the group from `medium` into a scratch token, equal and proved by use; the scratch was
    wiped and `scratch_left` files remained of it."""

    group: str
    set_id: str
    cards: tuple[int, ...]
    medium: str
    keys: tuple[RestoredKey, ...]
    scratch_serial: str
    scratch_left: int


class CardSealed(Fact):
    """The custodian sealed the card in bag `number` and signed the receipt."""

    group: str
    set_id: str
    number: int
    bag: str
    custodian: str
