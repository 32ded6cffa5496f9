"""The key token, its PINs, what it can do, and the goods around it."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import count, fingerprint, listed
from ceremony_app.papers.printable import typed
from ceremony_app.record import facts as f
from ceremony_app.typeset.document import Badge, Block, Cell, Column, Fact, Facts, Heading, Paragraph, Status, Table


def token(book: Book) -> list[Block]:
    """The token's description, what it can do, its openings, and bags and sheets."""
    facts = [*_description(book.state.token.initialised), *_abilities(book.state.token.census)]
    return [
        Facts(facts) if facts else Paragraph("No token was initialised."),
        *_algorithms(book.state.token.census),
        Heading("PINs and openings", 2),
        *_openings(book),
        Heading("Goods", 2),
        *_goods(book),
    ]


def _description(made: f.TokenInitialised | None) -> list[Fact]:
    if made is None:
        return []
    return [
        Fact("Token", f"{made.manufacturer} {made.model}, firmware {made.firmware}"),
        Fact("Label", made.label),
        Fact("Serial", made.serial, mono=True),
    ]


def _abilities(census: f.CensusTaken | None) -> list[Fact]:
    if census is None:
        return []
    return [
        Fact("SHA-256 of its library", fingerprint(census.module_sha256), mono=True),
        Fact("Mechanism of AES-KWP", census.kwp_mechanism, mono=True),
        Fact("OAEP hashes when wrapping", listed(census.oaep_hashes)),
        Fact("Takes known keys", _yes(census.imports_known_keys)),
    ]


def _algorithms(census: f.CensusTaken | None) -> list[Block]:
    if census is None or not census.algorithms:
        return []
    rows: list[list[Cell]] = [
        [one.algorithm, *map(_yes, (one.generate, one.wrap, one.wrap_exact, one.restore)), typed(one.note)] for one in census.algorithms
    ]
    columns = [Column("Algorithm", 1), *(Column(title, 0) for title in ("Makes", "Wraps", "Exactly", "Restores")), Column("Note", 2)]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return [Table(columns, rows, "What self-tests with throw-away keys produced that day")]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _openings(book: Book) -> list[Block]:
    rows: list[list[Cell]] = []
    made = {fact.attempt for _, fact in book.state.history.of(f.PinMailersMade)}
    for utc, fact in book.state.history.rows:
        match fact:
            case f.PinMailersBegun() if fact.attempt not in made:
                rows.append([book.at(utc), f"PIN mailers begun, attempt {fact.attempt}, and not finished", listed(fact.holders)])
            case f.PinMailersMade():
                rows.append([book.at(utc), _mailers(fact, saved=book.state.course.rehearsal), listed(fact.holders)])
            case f.PinHalfProved():
                rows.append(
                    [book.at(utc), f"half {fact.half} of the {fact.role} PIN typed from its mailer, check characters right", fact.by]
                )
            case f.TokenInitialised():
                rows.append([book.at(utc), f"token {fact.label} initialised", ""])
            case f.TokenOpened():
                rows.append([book.at(utc), f"token {fact.label} opened, {count(fact.objects, 'object')} in it", ""])
            case f.TokenClosed():
                rows.append([book.at(utc), f"token closed: {typed(fact.reason)}", ""])
            case _:
                continue
    return (
        [Table([Column("UTC", 0), Column("What", 2), Column("Who", 1)], rows)]
        if rows
        else [Paragraph("No PIN was made and no token opened.")]
    )


def _mailers(fact: f.PinMailersMade, *, saved: bool) -> str:
    """`characters` are a PIN's: each half has as many, and two that only check it (strongroom/pins.py)."""
    how = "saved as files" if saved else "printed"
    half = f"each half has {fact.characters // 2} characters of its PIN and 2 check characters"
    return f"PIN mailers {how}, attempt {fact.attempt}: {', '.join(fact.mailers)}; {half}"


def _goods(book: Book) -> list[Block]:
    rows: list[list[Cell]] = []
    for utc, fact in book.state.history.rows:
        match fact:
            case f.BagOpened():
                state = Badge("intact", Status.OK) if fact.intact else Badge("not intact", Status.WARNING)
                rows.append([book.at(utc), f"bag with {typed(fact.item)} opened", typed(fact.number), state, fact.by])
            case f.GoodsCounted():
                rows.append([book.at(utc), f"{fact.count} × {typed(fact.item)} counted", typed(", ".join(fact.numbers)), "", fact.by])
            case f.BagSealed():
                rows.append([book.at(utc), f"{typed(fact.item)} sealed in a bag", typed(fact.number), "", fact.holder])
            case _:
                continue
    if not rows:
        return [Paragraph("No bag was opened or sealed and nothing was counted.")]
    return [Table([Column("UTC", 0), Column("What", 1.3), Column("Number", 1.5, mono=True), Column("", 0), Column("Who", 1)], rows)]
