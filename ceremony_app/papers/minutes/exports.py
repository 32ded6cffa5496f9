"""Each export: the recipient and how it was checked, the package, and whether its import is confirmed."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.phrase import assurance, count, destination, fingerprint
from ceremony_app.papers.printable import typed
from ceremony_app.record.facts import ImportConfirmed, PackageWritten, RecipientAccepted
from ceremony_app.record.state.shipments import Shipment, Target
from ceremony_app.typeset.document import Badge, Block, Cell, Column, Fact, Facts, Heading, Paragraph, Status, Table


def exports(book: Book) -> list[Block]:
    """A part for each target of the plan and of the record."""
    planned: dict[Target, Shipment] = {(one.key, one.destination.value, one.resource): Shipment() for one in book.plan.exports}
    targets = planned | book.state.shipments.by_target
    if not targets:
        return [Paragraph("No export was planned, and no key was wrapped for a cloud.")]
    return [block for target, row in targets.items() for block in _part(target, row)]


def _part(target: Target, row: Shipment) -> list[Block]:
    key, cloud, resource = target
    facts = [Fact("Resource", resource), *_recipient(row.recipient), *_package(row), *_import(row)]
    return [Heading(f"{key} for {destination(cloud)}", 2, _badge(row)), Facts(facts), *_files(row.package)]


def _badge(row: Shipment) -> Badge:
    if row.confirmed:
        return Badge("import confirmed", Status.OK)
    if row.package:
        return Badge("import not confirmed", Status.OPEN)
    return Badge("refused" if row.refused else "not wrapped", Status.WARNING)


def _recipient(fact: RecipientAccepted | None) -> list[Fact]:
    if fact is None:
        return [Fact("Recipient", "none is accepted")]
    checked = f"{count(fact.groups_typed, 'group')} typed by {fact.by} from: {typed(fact.channel)}"
    token = [Fact("SHA-256 of the import token", fingerprint(fact.token_sha256), mono=True)] if fact.token_sha256 else []
    return [
        Fact("SHA-256 of the recipient's key", fingerprint(fact.spki_sha256), mono=True),
        Fact("Recipient's key", f"RSA {fact.bits} bits, exponent {fact.exponent}"),
        Fact("Checked by a second channel", checked),
        *token,
        Fact("Import before", fact.valid_until.replace("T", " ").replace("Z", " UTC") or "no limit given"),
    ]


def _package(row: Shipment) -> list[Fact]:
    fact = row.package
    if fact is None:
        return [Fact("Package", f"none; {count(row.attempt, 'attempt')}" if row.attempt else "none")]
    return [
        Fact("Scheme", fact.scheme + (", padding repaired in the strongroom" if fact.repaired else "")),
        Fact("Key material in the clear", assurance(fact.assurance)),
        Fact("Tried beforehand", "the same path for a throw-away key: opened, equal" if fact.twin_opened else "not tried"),
        Fact("SHA-256 of package.json", fingerprint(fact.package_sha256), mono=True),
        Fact("Signed by", (row.signed_by or "nobody") + (f" (attempt {fact.attempt})" if fact.attempt > 1 else "")),
    ]


def _import(row: Shipment) -> list[Fact]:
    refused = [Fact("Import refused", f"{typed(fact.reason)} (told by {fact.by})") for fact in row.refused]
    if row.confirmed is None:
        return [*refused, Fact("Import", "not confirmed when the record was closed")]
    receipt = Fact("SHA-256 of the receipt", fingerprint(row.confirmed.receipt_sha256), mono=True)
    return [*refused, Fact("Import", _confirmed(row.confirmed)), receipt]


def _confirmed(fact: ImportConfirmed) -> str:
    compared = f"{typed(fact.proof)} equal" if fact.equal else f"no equal proof; decided: {typed(fact.decision)}"
    return f"imported {fact.imported_at.replace('T', ' ').replace('Z', ' UTC')}; {compared}; receipt by {fact.by}"


def _files(package: PackageWritten | None) -> list[Block]:
    """The package's files, by their names below its folder."""
    if package is None:
        return []
    folder = f"exports/{package.destination}/{package.key}"
    rows: list[list[Cell]] = [[one.path.removeprefix(f"{folder}/"), str(one.size), one.sha256] for one in package.files]
    return [Table([Column("File"), Column("Bytes", 0, right=True), Column("SHA-256", 0, mono=True)], rows, f"Files in {folder}")]
