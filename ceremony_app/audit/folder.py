"""The whole audit of one evidence folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec

from ceremony_app.audit import addendum, anchor, content, proof, record, signature
from ceremony_app.audit.evidence import Evidence, does_not_hold
from ceremony_app.audit.paper import fingerprint_from_paper, head_from_paper
from ceremony_app.audit.report import Check, Report, Signer, Verdict, make_check
from ceremony_app.errors import CeremonyError, DoesNotHold
from ceremony_app.papers import documents
from ceremony_app.papers.phrase import count
from ceremony_app.plan.load import MAX_BYTES as MAX_PLAN
from ceremony_app.plan.load import parse_plan
from ceremony_app.record.folder import MANIFEST, Folder, verify_layout
from ceremony_app.record.manifest import verify_manifest
from ceremony_app.text import Message, say

P = ParamSpec("P")
_INTEGRITY = ("RECORD-", "MANIFEST-", "SIGNATURE-", "SIGNERS-", "PLAN-", "ADDEND")
Outcome = Message | tuple[Verdict, Message]


def audit_folder(folder: Path, *, head: str | None = None, signers: Sequence[str] = (), addenda: int | None = None) -> Report:
    """Check everything in `folder` and say for each check what came out; nothing is written.

    From paper: `head` (64 hex digits in any grouping, or 32 words), `signers` (SHA-256 fingerprints of certificates), `addenda` (how many
    are due). Raises `BadInput` when `folder` is no ceremony's or a value from paper is unreadable; whatever is wrong with the folder
    itself is a failed check.
    """
    paper_head = None if head is None else head_from_paper(head)
    fingerprints = [fingerprint_from_paper(text) for text in signers]
    audit = _Audit(Evidence(Folder.open(folder)))
    audit.integrity()
    audit.anchors(paper_head, fingerprints)
    audit.contents()
    audit.addenda(addenda)
    audit.course()
    return audit.report()


class _Audit:
    """Collects checks; a check that raises is one that failed."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.checks: list[Check] = []

    def check(self, id: str, file: str, verify: Callable[Concatenate[Evidence, P], Outcome], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            outcome = verify(self.evidence, *args, **kwargs)
        except CeremonyError as error:
            self.checks.append(make_check(id, Verdict.FAILED, error.what, _file_of(error) or file))
            return
        verdict, sentence = outcome if isinstance(outcome, tuple) else (Verdict.OK, outcome)
        self.checks.append(make_check(id, verdict, sentence, file))

    def leave_out(self, id: str, sentence: Message) -> None:
        self.checks.append(make_check(id, Verdict.NOT_CHECKED, sentence))

    @property
    def failed(self) -> list[str]:
        return [check.id for check in self.checks if check.verdict is Verdict.FAILED]

    def integrity(self) -> None:
        self.check("FOLDER-1", "", verify_places)
        self.check("RECORD-1", "record.log", record.verify_record)
        if self.evidence.entries:
            self.check("RECORD-2", "record.log", record.verify_ends)
            self.check("RECORD-3", "record.log", record.verify_complete)
            self.check("RECORD-4", "record.log", record.verify_read_heads)
        self.check("MANIFEST-1", MANIFEST, verify_hashes)
        self.check("SIGNERS-1", "signers/", signature.verify_signers)
        for signer in self.evidence.signers:
            self.check(f"SIGNATURE-{signer}", f"{MANIFEST}.{signer}.p7s", signature.verify_signature_of, signer)

    def anchors(self, head: str | None, fingerprints: Sequence[str]) -> None:
        if head is None and not fingerprints:
            self.leave_out("ANCHOR-1", say(anchor.NONE))
            return
        if head is None:
            self.leave_out("ANCHOR-1", say(anchor.NO_HEAD))
        else:
            self.check("ANCHOR-1", "record.log", anchor.verify_anchor_head, head)
        if fingerprints:
            self.check("ANCHOR-2", "signers/", anchor.verify_anchor_signers, fingerprints)
        else:
            self.check("ANCHOR-2", "signers/", anchor.verify_held_by_head)

    def contents(self) -> None:
        if self.unread("CONTENT-1"):
            return
        self.check("PLAN-1", "plan.toml", content.verify_plan)
        self.check("PUBLIC-KEYS-1", "public-keys/", content.verify_no_other_public_keys)
        for label, made in content.public_keys(self.evidence).items():
            self.check(f"PUBLIC-KEY-{label}", f"public-keys/{label}.pem", content.verify_public_key, made)
        self.check("PROOFS-1", "record.log", proof.verify_proofs)
        self.check("PACKAGES-1", "exports/", content.verify_no_other_packages)
        for name, written in content.packages(self.evidence).items():
            self.check(f"PACKAGE-{name.replace('/', '-')}", f"exports/{name}/", content.verify_package_of, written)
        self.check("PAPERS-1", "documents/", verify_documents)

    def addenda(self, due: int | None) -> None:
        self.check("ADDENDA-1", "addenda/", addendum.verify_addenda, due)
        if self.unread("ADDENDA-2"):
            return
        for number in addendum.addendum_numbers(self.evidence):
            named = due is not None and number <= due
            self.check(f"ADDENDUM-{number:03}", f"addenda/{number:03}.log", addendum.verify_addendum, number, due=named)

    def course(self) -> None:
        """Replaying the run is worth its time only on a record whose bytes are to be trusted."""
        failed = [id for id in self.failed if id.startswith(_INTEGRITY)]
        if failed:
            self.leave_out("RUN-1", say("Not looked at, because {failed} failed.", failed=", ".join(failed)))
            return
        self.check("RUN-1", "record.log", verify_course)
        if "RUN-1" not in self.failed:
            self.check("PAPERS-2", "documents/", verify_rendered)

    def unread(self, id: str) -> bool:
        """True when there is no closed record to compare with; says so under `id`."""
        failed = [name for name in ("RECORD-1", "RECORD-2") if name in self.failed]
        if failed:
            self.leave_out(id, say("Not looked at, because {failed} failed.", failed=", ".join(failed)))
        return bool(failed)

    def report(self) -> Report:
        return Report(self.evidence.folder.path, self.evidence.ceremony_id, self.evidence.head, _signers(self.evidence), tuple(self.checks))


def verify_places(evidence: Evidence) -> Message:
    """Only what belongs there lies in the folder, and all that must."""
    listing = verify_layout(evidence.folder)
    return say("{files} in the folder, each where it belongs.", files=count(len(listing.files), "file"))


def verify_hashes(evidence: Evidence) -> Message:
    """Every file is as the manifest says."""
    verify_manifest(evidence.folder)
    return say("Every file is as {manifest} says, and no other is there.", manifest=MANIFEST)


def verify_course(evidence: Evidence) -> Message:
    """Each entry, of the record and then of its addenda, was written at the step that was current in the state before it."""
    from ceremony_app.engine.run import verify_run  # the engine with all its steps: not loaded for a record that failed before

    plan = parse_plan(evidence.read("plan.toml", MAX_PLAN))
    entries = [*evidence.entries, *addendum.addenda_entries(evidence)]
    try:
        verify_run(entries, plan)
    except (LookupError, ValueError) as error:
        # A record that was chained and signed by a liar: its facts contradict each other in ways no step would have allowed.
        raise does_not_hold("record.log", "holds an entry that speaks of what no entry before it made known") from error
    return say("{entries}, each written at the step that was current.", entries=count(len(entries), "entry", "entries"))


def verify_documents(evidence: Evidence) -> Message:
    """The papers that the plan makes due are named and there, and no others."""
    return content.verify_papers(evidence, documents(parse_plan(evidence.read("plan.toml", MAX_PLAN))))


def verify_rendered(evidence: Evidence) -> Outcome:
    """The papers say what the record says."""
    from ceremony_app.audit.rendering import verify_papers  # the typesetter: not loaded for a record that failed before

    return verify_papers(evidence, parse_plan(evidence.read("plan.toml", MAX_PLAN)))


def _signers(evidence: Evidence) -> tuple[Signer, ...]:
    found = []
    for signer in evidence.signers:
        try:
            found.append(Signer(signer, evidence.certificate(signer).fingerprint))
        except DoesNotHold:
            continue  # SIGNERS-1 names it
    return tuple(found)


def _file_of(error: CeremonyError) -> str:
    """The file that an error names, where it names one."""
    args = error.what.args
    files = args.get("files")
    return str(files[0]) if files else str(args.get("file") or args.get("name") or "")
