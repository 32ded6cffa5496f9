"""The numbers of a ceremony, counted once for all papers."""

from __future__ import annotations

import msgspec

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import count, listed
from ceremony_app.record.facts import CeremonyStopped, TornLineSetAside


class Tally(msgspec.Struct, frozen=True):
    """`…_text` are phrases with numbers; `effects` counts deviations whose effect on keys is not none, `stops` how often somebody said
    stop."""

    keys_text: str
    backups_text: str
    sets_text: str
    packages_text: str
    deviations: int
    effects: int
    stops: int
    gaps: int
    disagreeing: tuple[str, ...]


def tally(book: Book) -> Tally:
    """Count what the state says."""
    course = book.state.course
    return Tally(
        keys_text=_keys(book),
        backups_text=_backups(book),
        sets_text=_sets(book),
        packages_text=_packages(book),
        deviations=len(course.deviations),
        effects=sum(one.effect != "none" for one in course.deviations),
        stops=len(book.state.history.of(CeremonyStopped)),
        gaps=len(course.gaps) + len(book.state.history.of(TornLineSetAside)),
        disagreeing=tuple(one.name for one in course.statements.values() if not one.agrees),
    )


def _keys(book: Book) -> str:
    """`6 keys made and proved by use`, with what is different said after it."""
    keys = list(book.state.keys.by_label.values())
    proved = sum(key.phase == "proved" for key in keys)
    destroyed = sum(key.phase == "destroyed" for key in keys)
    unproved = len(keys) - proved - destroyed
    parts = [f"{proved} made and proved by use"] if proved or not keys else []
    parts += [f"{unproved} begun but not proved"] if unproved else []
    parts += [f"{destroyed} destroyed in the token"] if destroyed else []
    return listed(parts)


def _backups(book: Book) -> str:
    sets = book.state.sets
    living = [
        f"{one.made.group}, any {one.made.threshold} of {one.made.count} cards, set {one.made.set_id[:4]} {one.made.set_id[4:]}"
        f" ({'recovery rehearsed' if one.rehearsed else 'recovery not rehearsed'})"
        for one in sets.living
    ]
    void = len(sets.all) - len(sets.living)
    text = ";\n".join(living) or "no card set"
    return f"{text}; {count(void, 'set')} void" if void else text


def _sets(book: Book) -> str:
    """As `_backups`, in numbers alone."""
    living, void = book.state.sets.living, len(book.state.sets.all) - len(book.state.sets.living)
    rehearsed = sum(one.rehearsed is not None for one in living)
    text = f"{count(len(living), 'card set')}, recovery rehearsed for {rehearsed}"
    return f"{text}; {count(void, 'set')} void" if void else text


def _packages(book: Book) -> str:
    rows = book.state.shipments.by_target.values()
    packed = sum(row.package is not None for row in rows)
    confirmed = sum(row.confirmed is not None for row in rows)
    if not packed:
        return "no key was wrapped for a cloud"
    return f"{count(packed, 'package')}, of which {confirmed} confirmed as imported"
