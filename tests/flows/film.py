"""A film of a ceremony: after each fact a photograph of all that outlives a process, to be taken up again from any of them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from ceremony_app.engine.engine import Engine
from ceremony_app.record import facts as f
from ceremony_app.record.line import Entry
from ceremony_app.record.state import State, fold
from tests.flows.stage import Stage, drive, play, read_entries, token_objects, told, verify

VOLATILE = ("record", "recovery")


class Film:
    """`tags` are the facts in order; photograph n was taken right after fact n (from 0)."""

    def __init__(self, stage: Stage, album: Path, plan: bytes, *, until: str = "") -> None:
        self.stage = stage
        self.album = album
        self.tags: list[str] = []
        with stage.begin(plan) as engine:
            self._shoot(engine)
            engine.watch = lambda: self._shoot(engine)
            play(engine, until)

    def _shoot(self, engine: Engine) -> None:
        place = self.album / str(len(self.tags))
        shutil.copytree(self.stage.out, place / "out", symlinks=True)
        for room in VOLATILE:
            if self.stage.places.volatile(room).is_dir():
                shutil.copytree(self.stage.places.volatile(room), place / room, ignore_dangling_symlinks=True)
        self.tags.append(type(engine.state.history.rows[-1][1]).__name__)

    def find(self, tag: str, occurrence: int = 1) -> int:
        """The photograph right after this fact; the last one where it happened fewer times."""
        numbers = [number for number, seen in enumerate(self.tags) if seen == tag]
        return numbers[min(occurrence, len(numbers)) - 1]

    def restore(self, number: int, *, killed: bool = False) -> list[Entry]:
        """Everything as it was after fact `number`; answers the entries. `killed`: memory-backed storage is still there, as after a kill;
        otherwise the power was gone."""
        shutil.rmtree(self.stage.out, ignore_errors=True)
        self.stage.clear()
        shutil.copytree(self.album / str(number) / "out", self.stage.out, symlinks=True)
        for room in VOLATILE:
            if killed and (self.album / str(number) / room).is_dir():
                shutil.copytree(self.album / str(number) / room, self.stage.places.volatile(room))
        return read_entries(self.stage.places)

    def forget_last(self) -> list[Entry]:
        """Take the last line away again: its effect happened, its fact was not written. Answers the entries that are left."""
        places = self.stage.places
        logs = [places.record, *(places.addendum(n) for n in (1, 2) if places.addendum(n).exists())]
        last = next(log for log in reversed(logs) if log.stat().st_size)
        last.write_bytes(b"".join(last.read_bytes().splitlines(keepends=True)[:-1]))
        return read_entries(places)


def take_up(stage: Stage, before: list[Entry]) -> State:
    """Resume from what is on the stage, play to the end, and hold against `before` whatever an interruption must not do."""
    with stage.resume() as engine:
        drive(engine)
        state = verify(stage, engine)
        plan = engine.plan
    after = stage.entries()
    logs = [stage.places.record, stage.places.addendum(1), stage.places.addendum(2)]
    assert [entry.header for entry in before] == [entry.header for entry in after if entry.header in {e.header for e in before}]
    assert sum(len(log.read_bytes().splitlines()) for log in logs) == len(after)
    lived = fold(before)
    assert any("Resumed after an interruption" in gap.what for gap in told(state, f.GapExplained)[len(told(lived, f.GapExplained)) :])
    verify_keys(stage, state, [key.label for key in plan.keys])
    _verify_record_keys(lived, state)
    _verify_sets(stage, lived, state)
    return state


def verify_keys(stage: Stage, state: State, labels: list[str]) -> None:
    """One generation a label, and in the token nothing else."""
    for label in labels:
        assert [one.label for one in told(state, f.KeyGenerationBegun)].count(label) == 1
        assert [one.label for one in told(state, f.KeyGenerated)].count(label) == 1
    expected = []
    for key in state.keys.by_label.values():
        assert key.made is not None
        expected += [("PRIVATE_KEY", key.label), ("PUBLIC_KEY", key.label)] if key.made.spki else [("SECRET_KEY", key.label)]
    assert token_objects(stage, state) == sorted(expected)


def _verify_record_keys(lived: State, state: State) -> None:
    """A record key that the interruption took away has a successor that was read aloud, unless it had nothing left to sign."""
    count = len(lived.course.record_keys)
    if lived.course.record_key_lives and lived.course.manifest is None:
        assert len(state.course.record_keys) == count + 1
    assert len(state.course.record_keys) <= max(count, 0) + 1
    for made in state.course.record_keys:
        lost = [one.signer for one in told(state, f.RecordKeyLost)]
        assert state.course.head_was_read(f"record key {made.signer}") or made.signer in lost


def _verify_sets(stage: Stage, lived: State, state: State) -> None:
    """A set whose recovery was not rehearsed is void; what lies on the media is of living sets, whole and equal."""
    for card_set in lived.sets.living:
        again = state.sets.by_id(card_set.made.set_id)
        assert again.alive == (card_set.rehearsed is not None)
    files = {}
    for card_set in state.sets.living:
        assert card_set.rehearsed is not None
        assert card_set.all_sealed
        files.update({made.path: made.sha256 for made in card_set.backups.values()})
    for medium in ("B-1", "B-2"):
        root = stage.places.medium(medium)
        found = {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}
        assert found == files
    gone = {one.made.set_id for one in state.sets.all if not one.alive}
    for row in state.copies.rows.values():
        if any(row.name.startswith(f"{set_id} ") or f" set {set_id} " in row.name for set_id in gone):
            assert row.ended, row
