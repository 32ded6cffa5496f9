"""Sealing the evidence: the closing fact, the files that follow from the record, the manifest and its signatures."""

from __future__ import annotations

import base64
import secrets

from ceremony_app.engine.closing import outcome
from ceremony_app.engine.desk import Desk
from ceremony_app.engine.places import Places
from ceremony_app.engine.signing import certificate, sign_file
from ceremony_app.papers import documents, render
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.chain import head_of, read_record
from ceremony_app.record.file import replace_file
from ceremony_app.record.folder import MANIFEST, Folder
from ceremony_app.record.manifest import write_manifest
from ceremony_app.record.state import State
from ceremony_app.resource import resource
from ceremony_app.typeset.press import typst_version

ADDENDA_DUE = ("001", "002")
RECIPES = {"VERIFY.md": "record/VERIFY.md", "RECOVER.md": "recover/RECOVER.md", "recover.py": "recover/recover.py"}
"""Files of the evidence that are copied from the resources unchanged."""


def closing_fact(state: State, plan: Plan, open_items: tuple[str, ...]) -> f.CeremonyClosed:
    """The last fact: how it ended, what is open, and which documents will be rendered with which nonces."""
    return f.CeremonyClosed(
        outcome=outcome(state),
        open_items=open_items,
        addenda=ADDENDA_DUE,
        typesetter=typst_version(),
        documents=tuple(f.DocumentNonce(name=name, nonce=secrets.token_hex(16)) for name in documents(plan)),
    )


def record_head(places: Places) -> str:
    """The head of the closed record, from the file itself."""
    return head_of(read_record(places.record))


def assemble(desk: Desk) -> None:
    """Write every file that follows from the record: public keys, signer, recipes, documents. They are the same each time, but for the
    signer after an interruption; until a manifest names them they count for nothing, so earlier ones are replaced."""
    state, folder = desk.state, Folder(desk.places.evidence)
    for key in state.keys.by_label.values():
        if key.made is not None and key.made.spki:
            replace_file(folder.public_key(key.label), _pem(base64.b64decode(key.made.spki)))
    for path in folder.path.glob("signers/*.pem"):
        path.unlink()
    replace_file(folder.signer(state.course.signer), certificate(state.course.record_keys[-1]).pem)
    for name, source in RECIPES.items():
        replace_file(folder.path / name, resource(source).read_bytes())
    closed = state.course.closed
    assert closed is not None  # noqa: S101 (signing comes after closing)
    head = record_head(desk.places)
    for number, document in enumerate(closed.documents):
        desk.progress(document.name, number, len(closed.documents))
        replace_file(folder.path / document.name, render(document.name, state, desk.plan, head=head, nonce=document.nonce))


def sign_manifest(desk: Desk) -> tuple[bytes, int]:
    """Write and sign SHA256SUMS; answers its bytes and how many files it names."""
    folder = Folder(desk.places.evidence)
    for path in folder.path.glob(f"{MANIFEST}*"):
        path.unlink()
    manifest = write_manifest(folder)
    sign_file(desk, folder.manifest, folder.signature(desk.state.course.signer))
    return manifest, manifest.count(b"\n")


def sign_addendum(desk: Desk, number: int) -> None:
    """Sign an addendum with the record key that the manifest pins."""
    folder = Folder(desk.places.evidence)
    sign_file(desk, folder.addendum(number), folder.addendum_signature(number, desk.state.course.signer))


def _pem(spki: bytes) -> bytes:
    body = base64.b64encode(spki).decode()
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]).encode()
