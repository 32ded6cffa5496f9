"""Each key: what it is, what the token says of it, how it was proved, what became of it."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import check_value, fingerprint, grouped, later
from ceremony_app.papers.printable import sentence, typed
from ceremony_app.plan.model import Plan
from ceremony_app.record.facts import KeyDestroyed, KeyGenerated, KeyObjectsRemoved, KeyProved, KeySealed
from ceremony_app.record.state.keys import Key
from ceremony_app.typeset.document import Badge, Block, Fact, Facts, Heading, Paragraph, Status

CHECKS = {
    "encrypt": "AES-ECB of a zero block",
    "wrap": "AES-KWP of 16 zero bytes",
    "mac": "MAC of 16 zero bytes",
}
"""What a check value is the beginning of, by the key's purpose."""
_PUBLIC = "PUBLIC."
"""How the names of a public key object's attributes begin, beside those of its private key."""

_PHASES = {
    "proved": Badge("active", Status.OK),
    "generated": Badge("not proved", Status.WARNING),
    "begun": Badge("begun", Status.WARNING),
    "removed": Badge("removed", Status.WARNING),
    "destroyed": Badge("destroyed", Status.WARNING),
}


def keys(book: Book) -> list[Block]:
    """A heading and a list of facts for each key, in the order they were begun."""
    rows = list(book.state.keys.by_label.values())
    if not rows:
        return [Paragraph("No key was made.")]
    return [block for key in rows for block in (Heading(key.label, 2, _PHASES.get(key.phase)), Facts(_facts(book, key)))]


def _facts(book: Book, key: Key) -> list[Fact]:
    if key.made is None:
        return [Fact("CKA_ID", grouped(key.cka_id), mono=True), Fact("Made", "begun; whether it was made is not in the record")]
    made = key.made
    return [
        Fact("Algorithm, purpose", f"{made.algorithm}, {made.purpose}"),
        Fact("Made", f"{book.at(key.made_at)} UTC by {made.mechanism} in token {made.serial}"),
        Fact("CKA_ID", grouped(made.cka_id), mono=True),
        _known_by(made),
        *_proof(book, key.label),
        *_attributes(made.attributes),
        *_sealed(book, key.label),
        *_ends(book, key.label),
        *_life(book.plan, key),
    ]


def _known_by(made: KeyGenerated) -> Fact:
    if made.spki_sha256:
        return Fact("SHA-256 of the public key", fingerprint(made.spki_sha256), mono=True)
    return Fact(f"Check value ({CHECKS.get(made.purpose, 'of a fixed input')})", check_value(made.check_value), mono=True)


def _proof(book: Book, label: str) -> list[Fact]:
    return [
        Fact("Proved by use", f"{book.at(utc)} UTC with {fact.method}, over words chosen by {fact.words_by}: {typed(fact.words)}")
        for utc, fact in book.state.history.of(KeyProved)
        if fact.label == label
    ]


def _attributes(attributes: dict[str, str]) -> list[Fact]:
    """As read back when the key was made, for each of its objects; some of them change later, as the facts below tell."""
    public = {name.removeprefix(_PUBLIC): value for name, value in attributes.items() if name.startswith(_PUBLIC)}
    own = {name: value for name, value in attributes.items() if not name.startswith(_PUBLIC)}
    objects = (("Private key when made" if public else "Key when made", own), ("Public key when made", public))
    return [Fact(title, _told(held)) for title, held in objects if held]


def _told(attributes: dict[str, str]) -> str:
    """What is true, what is false, and the rest with its values; a line each."""
    flags = [
        f"{word}: `{' '.join(sorted(name for name, value in attributes.items() if value == word))}`"
        for word in ("true", "false")
        if word in attributes.values()
    ]
    told_elsewhere = ("LABEL", "ID")
    rest = [
        f"{name}={value}" for name, value in sorted(attributes.items()) if value not in ("true", "false") and name not in told_elsewhere
    ]
    return "\n".join([*flags, *([f"`{' '.join(rest)}`"] if rest else [])])


def _sealed(book: Book, label: str) -> list[Fact]:
    return [
        Fact("Sealed", f"{book.at(utc)} UTC; EXTRACTABLE read back as {fact.attributes.get('EXTRACTABLE', 'not readable')}")
        for utc, fact in book.state.history.of(KeySealed)
        if fact.label == label
    ]


def _ends(book: Book, label: str) -> list[Fact]:
    removals = [
        Fact(
            "Objects removed", f"{book.at(utc)} UTC: {fact.removed}; files overwritten: {fact.overwritten}; found afterwards: {fact.found}"
        )
        for utc, fact in book.state.history.of(KeyObjectsRemoved)
        if fact.label == label
    ]
    return removals + [
        Fact("Destroyed in the token", f"{book.at(utc)} UTC; a fresh process found none of its objects. {sentence(fact.reason)}")
        for utc, fact in book.state.history.of(KeyDestroyed)
        if fact.label == label
    ]


def _life(plan: Plan, key: Key) -> list[Fact]:
    """Backup group and next rotation, as planned."""
    spec = next((one for one in plan.keys if one.label == key.label), None)
    if spec is None or key.phase == "destroyed":
        return []
    group = plan.backup_of(key.label)
    due = f"{later(key.made_at, spec.rotate_after_days)} ({spec.rotate_after_days} days after it was made)"
    return [Fact("Backup group", group.name if group else "none"), Fact("Rotation due", due)]
