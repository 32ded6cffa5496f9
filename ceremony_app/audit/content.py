"""Checks of the files that facts speak of: the plan, public keys, packages, papers."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from hashlib import sha256

from ceremony_app.audit.evidence import Evidence, does_not_hold
from ceremony_app.audit.shipment import verify_words
from ceremony_app.clouds.package import PACKAGE_FILE, SIGNATURE_FILE, verify_package
from ceremony_app.papers.phrase import assurance, count
from ceremony_app.plan.load import MAX_BYTES as MAX_PLAN
from ceremony_app.record.cms import verify_detached
from ceremony_app.record.facts import CeremonyClosed, CeremonyOpened, KeyGenerated, PackageBegun, PackageSigned, PackageWritten, PlanLoaded
from ceremony_app.record.file import hash_regular
from ceremony_app.text import Message, say

MAX_PACKAGE = 256 * 1024


def verify_plan(evidence: Evidence) -> Message:
    """`plan.toml` is, byte for byte, the plan whose words were compared; or that of the opening, where an abort came first."""
    loaded = evidence.facts(PlanLoaded)
    if not loaded and evidence.facts(CeremonyClosed)[-1].outcome != "aborted":
        raise does_not_hold("record.log", "does not say which plan was loaded")
    digest = sha256(evidence.read("plan.toml", MAX_PLAN)).hexdigest()
    named = [fact.sha256 for fact in loaded] + [fact.plan_sha256 for fact in evidence.facts(CeremonyOpened)]
    if any(name != digest for name in named):
        raise does_not_hold("plan.toml", "is not the plan in the record")
    if not loaded:
        return say("plan.toml is the plan of the opening; the ceremony was aborted before its words were compared.")
    return say("plan.toml is the plan in the record.")


def public_keys(evidence: Evidence) -> dict[str, KeyGenerated]:
    """The key pairs that were made, by label; the last one where a label was used again."""
    return {fact.label: fact for fact in evidence.facts(KeyGenerated) if fact.spki}


def verify_public_key(evidence: Evidence, made: KeyGenerated) -> Message:
    """`public-keys/<label>.pem` holds the public key that was read back from the token."""
    file = f"public-keys/{made.label}.pem"
    try:
        spki = base64.b64decode(made.spki, validate=True)
    except ValueError:
        raise does_not_hold("record.log", f"holds a public key of {made.label} that is not base64") from None
    if sha256(spki).hexdigest() != made.spki_sha256:
        raise does_not_hold("record.log", f"contradicts itself about the public key of {made.label}")
    if evidence.read(file) != public_key_pem(spki):
        raise does_not_hold(file, "is not the public key in the record")
    return say("{file} is the public key in the record, SHA-256 {digest}.", file=file, digest=made.spki_sha256)


def public_key_pem(spki: bytes) -> bytes:
    """The PEM form of a SubjectPublicKeyInfo: 64 characters a line."""
    text = base64.b64encode(spki).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]).encode()


def verify_no_other_public_keys(evidence: Evidence) -> Message:
    """Every file under `public-keys/` is of a key in the record."""
    known = {f"public-keys/{label}.pem" for label in public_keys(evidence)}
    for file in evidence.listing.under("public-keys"):
        if file not in known:
            raise does_not_hold(file, "is of a key that the record does not know")
    return say("{keys} in the record; no other lies in the folder.", keys=count(len(known), "public key"))


def packages(evidence: Evidence) -> dict[str, PackageWritten]:
    """The packages that lie in the folder, by `<destination>/<key>`; a later attempt replaces an earlier one. One whose last attempt was
    never signed need not be there."""
    begun = {f"{fact.destination}/{fact.key}": fact for fact in evidence.facts(PackageBegun)}
    signed = {(f"{fact.destination}/{fact.key}", fact.attempt) for fact in evidence.facts(PackageSigned)}
    there = {"/".join(file.split("/")[1:3]) for file in evidence.listing.under("exports")}
    gone = {name for name, fact in begun.items() if (name, fact.attempt) not in signed and name not in there}
    written = {f"{fact.destination}/{fact.key}": fact for fact in evidence.facts(PackageWritten)}
    return {name: fact for name, fact in written.items() if name not in gone}


def verify_no_other_packages(evidence: Evidence) -> Message:
    """Every folder under `exports/` is of a package in the record."""
    known = packages(evidence)
    for file in evidence.listing.under("exports"):
        if "/".join(file.split("/")[1:3]) not in known:
            raise does_not_hold(file, "belongs to a package that the record does not know")
    return say("{packages} in the record; no other lies in the folder.", packages=count(len(known), "package"))


def verify_package_of(evidence: Evidence, written: PackageWritten) -> Message:
    """The package holds exactly the files that its `package.json` and the record name, it says what the record says, and a record key
    signed it."""
    folder = f"exports/{written.destination}/{written.key}"
    data = evidence.read(f"{folder}/{PACKAGE_FILE}", MAX_PACKAGE)
    if sha256(data).hexdigest() != written.package_sha256:
        raise does_not_hold(f"{folder}/{PACKAGE_FILE}", "is not the one in the record")
    for file in written.files:
        if not file.path.startswith(folder + "/") or file.path not in evidence.listing.names:
            raise does_not_hold(file.path, "is missing")
        if hash_regular(evidence.folder.path / file.path, name=file.path) != (file.sha256, file.size):
            raise does_not_hold(file.path, "is not the one in the record")
    package = verify_package(evidence.folder.path / folder)
    signed = [fact for fact in evidence.facts(PackageSigned) if _same(fact, written)]
    if not signed:
        raise does_not_hold(f"{folder}/{SIGNATURE_FILE}", "is named by no fact: this package was never signed")
    certificate = evidence.record_certificates().get(signed[-1].signer)
    if certificate is None:
        raise does_not_hold("record.log", f"does not know the key {signed[-1].signer} that signed a package")
    verify_words(evidence, written, package, certificate.fingerprint, f"{folder}/{PACKAGE_FILE}")
    file_name = f"{folder}/{SIGNATURE_FILE}"
    verify_detached(evidence.read(file_name), data, certificate.der, name=file_name)
    return say(
        "{folder} holds the files in the record; {signer} signed it. In the clear while it was wrapped: {assurance}.",
        folder=folder,
        signer=signed[-1].signer,
        assurance=assurance(written.assurance),
    )


def _same(signed: PackageSigned, written: PackageWritten) -> bool:
    return (signed.key, signed.destination, signed.resource, signed.attempt) == (
        written.key,
        written.destination,
        written.resource,
        written.attempt,
    )


def verify_papers(evidence: Evidence, due: Sequence[str]) -> Message:
    """The closing names the papers that are `due`, no others; each is there, and nothing else lies among them."""
    named = [document.name for document in evidence.facts(CeremonyClosed)[-1].documents]
    for name in named:
        if name not in due:
            raise does_not_hold("record.log", f"names a paper at the closing that no ceremony has: {name}")
    for name in due:
        if named.count(name) != 1:
            raise does_not_hold("record.log", f"does not name {name} once at the closing")
        if name not in evidence.listing.names:
            raise does_not_hold(name, "is missing")
    for file in evidence.listing.under("documents"):
        if file not in named:
            raise does_not_hold(file, "is a paper that the closing does not name")
    return say("{papers} named at the closing; none is missing, and no other is there.", papers=count(len(named), "paper"))
