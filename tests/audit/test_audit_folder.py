"""What an audit says of a folder that is whole, and of folders that are honest but not finished, or finished but not honest."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from ceremony_app.audit.folder import audit_folder
from ceremony_app.audit.paper import fingerprint_from_paper, head_from_paper
from ceremony_app.audit.report import Check, Report, Verdict
from ceremony_app.engine import run
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.record import facts as f
from ceremony_app.record.chain import read_record
from ceremony_app.record.cms import sign_detached
from ceremony_app.record.line import EMPTY, encode, withhold
from ceremony_app.record.words import words
from tests.audit.closed import PLAN, Closed
from tests.record.signer import UTC_TEXT, WHEN, Signer


def found(report: Report, id: str) -> Check:
    return next(check for check in report.checks if check.id == id)


def test_whole_with_values_from_paper(closed: Closed) -> None:
    report = audit_folder(closed.path, head=closed.head, signers=[closed.fingerprint], addenda=2)
    assert report.verdict is Verdict.OK
    not_checked = {check.id for check in report.checks if check.verdict is Verdict.NOT_CHECKED}
    assert not_checked == {"ADDENDUM-002", "PAPERS-2"}, "no build of this program rendered the papers of this folder"
    assert (report.ceremony_id, report.head) == (closed.folder.path.name, closed.head)
    assert [(signer.name, len(signer.fingerprint)) for signer in report.signers] == [("record-1", 64), ("witness-1", 64)]
    assert len({check.id for check in report.checks}) == len(report.checks)
    report.require()


def test_without_paper_it_says_so(closed: Closed) -> None:
    report = audit_folder(closed.path)
    assert report.verdict is Verdict.OK
    assert "ANCHOR not checked: a rebuilt folder would also pass" in "\n".join(map(str, report.checks))


def test_one_value_from_paper(closed: Closed) -> None:
    by_head = audit_folder(closed.path, head=closed.head)
    assert (found(by_head, "ANCHOR-1").verdict, found(by_head, "ANCHOR-2").verdict) == (Verdict.OK, Verdict.NOT_CHECKED)
    by_signer = audit_folder(closed.path, signers=[closed.fingerprint])
    assert (found(by_signer, "ANCHOR-1").verdict, found(by_signer, "ANCHOR-2").verdict) == (Verdict.NOT_CHECKED, Verdict.OK)


def test_paper_in_every_form(closed: Closed) -> None:
    spoken = words(closed.head)
    groups = " ".join(closed.head[at : at + 4].upper() for at in range(0, 64, 4))
    colons = ":".join(closed.fingerprint[at : at + 2].upper() for at in range(0, 64, 2))
    for head in (closed.head, groups, f" {closed.head}\n", " ".join(spoken), "\n".join(spoken).lower(), "-".join(spoken)):
        for signer in (closed.fingerprint, colons, f"sha256 Fingerprint={colons}"):
            assert audit_folder(closed.path, head=head, signers=[signer]).verdict is Verdict.OK


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "0" * 63, "0" * 65, "topmost", "topmost topmost", "aardvark adroitness " * 17, "é" * 64, "\0"]
)
def test_an_unreadable_head_is_bad_input(closed: Closed, text: str) -> None:
    with pytest.raises(BadInput):
        audit_folder(closed.path, head=text)
    with pytest.raises(BadInput):
        fingerprint_from_paper(text)


def test_words_of_a_head_come_back(closed: Closed) -> None:
    assert head_from_paper(" ".join(words(closed.head))) == closed.head
    with pytest.raises(BadInput, match="31 words"):
        head_from_paper(" ".join(words(closed.head)[:31]))


def test_another_head_or_signer_fails(closed: Closed) -> None:
    report = audit_folder(closed.path, head="0" * 64, signers=["1" * 64])
    assert [check.id for check in report.failed] == ["ANCHOR-1", "ANCHOR-2"]
    with pytest.raises(DoesNotHold, match=r"2 of \d+ checks failed: ANCHOR-1, ANCHOR-2") as caught:
        report.require()
    assert caught.value.exit_status == 1


def test_a_folder_rebuilt_by_somebody_else_fails_only_on_paper(closed: Closed, tmp_path: Path) -> None:
    rebuilt = Closed(tmp_path / "rebuilt")
    assert audit_folder(rebuilt.path).verdict is Verdict.OK
    assert audit_folder(rebuilt.path, head=closed.head).failed
    assert audit_folder(rebuilt.path, signers=[closed.fingerprint]).failed


def test_what_is_no_ceremony_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path, tmp_path / "file", tmp_path / "none", Path("/dev/null"), Path("a\0b"), tmp_path / ("x" * 5000)):
        with pytest.raises(BadInput, match="not-a-ceremony") as caught:
            audit_folder(path)
        assert caught.value.exit_status == 2


def test_a_ceremony_still_open_is_not_closed(copy: Path) -> None:
    for path in copy.iterdir():
        if path.name.startswith("SHA256SUMS"):
            path.unlink()
    lines = (copy / "record.log").read_bytes().splitlines(keepends=True)
    (copy / "record.log").write_bytes(b"".join(lines[:-1]))
    report = audit_folder(copy)
    assert "was not closed" in str(found(report, "RECORD-2").sentence)
    assert found(report, "MANIFEST-1").verdict is Verdict.FAILED
    assert str(found(report, "CONTENT-1")) == "CONTENT-1 not checked: Not looked at, because RECORD-2 failed."


def test_a_record_that_cannot_be_read_leaves_the_rest_unchecked(copy: Path, closed: Closed) -> None:
    (copy / "record.log").write_bytes(b"nothing\n")
    report = audit_folder(copy, head=closed.head)
    assert found(report, "RECORD-1").file == "record.log"
    assert found(report, "CONTENT-1").verdict is found(report, "ADDENDA-2").verdict is Verdict.NOT_CHECKED
    assert report.head == ""


def test_a_public_edition_is_not_the_complete_one(copy: Path) -> None:
    entries = read_record(copy / "record.log")
    lines = [withhold(entry) if entry.tag == "PlanLoaded" else entry.line for entry in entries]
    (copy / "record.log").write_bytes(b"".join(lines))
    report = audit_folder(copy)
    assert found(report, "RECORD-1").verdict is Verdict.OK
    assert "withholds 1 body:" in str(found(report, "RECORD-3").sentence)
    assert report.head == entries[-1].head


@pytest.mark.parametrize("addenda", [0, 1])
def test_before_the_last_addenda_it_passes_but_paper_asks_for_them(tmp_path: Path, addenda: int) -> None:
    closed = Closed(tmp_path, addenda=addenda)
    assert audit_folder(closed.path, head=closed.head).verdict is Verdict.OK
    report = audit_folder(closed.path, head=closed.head, addenda=2)
    assert [check.id for check in report.failed] == ["ADDENDA-1"]
    assert report.failed[0].file == f"addenda/{addenda + 1:03}.log"


def test_an_addendum_001_that_is_only_begun(tmp_path: Path) -> None:
    """While the folder is checked on the second machine, 001 holds the signing of the manifest and no signature yet."""
    closed = Closed(tmp_path, addenda=0)
    closed.add(1, closed.last_facts(1)[0], signed=False)
    report = audit_folder(closed.path, head=closed.head)
    assert report.verdict is Verdict.OK
    assert "not finished" in str(found(report, "ADDENDUM-001").sentence)
    assert audit_folder(closed.path, addenda=1).verdict is Verdict.FAILED


def test_an_addendum_001_without_its_signature(copy: Path) -> None:
    (copy / "addenda/001.log.record-1.p7s").unlink()
    report = audit_folder(copy)
    assert [check.id for check in report.failed] == ["ADDENDUM-001"]


def test_an_addendum_001_whose_key_was_lost_is_a_claim(tmp_path: Path) -> None:
    closed = Closed(tmp_path, addenda=0)
    closed.add(1, closed.last_facts(1)[0], f.RecordKeyLost(signer="record-1", reason="power"), signed=False)
    assert "a claim" in str(found(audit_folder(closed.path, addenda=1), "ADDENDUM-001").sentence)


def test_an_addendum_that_speaks_of_another_record(tmp_path: Path) -> None:
    closed = Closed(tmp_path, addenda=0)
    digest = sha256(closed.manifest).hexdigest()
    wrong = f.FolderChecked(head="0" * 64, manifest_sha256=digest, checks=1, machine="m", by="W")
    closed.add(1, wrong, f.RecordTokenWipeBegun(signer="record-1"))
    assert "another record" in str(found(audit_folder(closed.path), "ADDENDUM-001").sentence)


def test_an_addendum_that_follows_another_head(copy: Path, closed: Closed) -> None:
    line = encode(f.RecordTokenWiped("record-1", 1, 1, 0), step="end", salt="0" * 32, prev=EMPTY, seq=1, utc=UTC_TEXT)
    (copy / "addenda/003.log").write_bytes(line)
    assert [check.id for check in audit_folder(copy).failed] == ["ADDENDUM-003"]
    line = encode(f.RecordTokenWiped("record-1", 1, 1, 0), step="end", salt="0" * 32, prev=closed.head, seq=1, utc=UTC_TEXT)
    (copy / "addenda/003.log").write_bytes(line)
    assert audit_folder(copy).verdict is Verdict.OK


def test_an_addendum_signed_by_a_stranger(copy: Path) -> None:
    stranger = Signer()
    data = (copy / "addenda/002.log").read_bytes()
    for name in ("witness-1", "stranger-1"):
        path = copy / f"addenda/002.log.{name}.p7s"
        path.write_bytes(sign_detached(data, stranger.certificate.der, stranger.sign, WHEN))
        assert [check.id for check in audit_folder(copy).failed] == ["ADDENDUM-002"]
        path.unlink()


def test_an_addendum_signed_by_the_witness(copy: Path, closed: Closed) -> None:
    data = (copy / "addenda/002.log").read_bytes()
    signature = sign_detached(data, closed.witness.certificate.der, closed.witness.sign, WHEN)
    (copy / "addenda/002.log.witness-1.p7s").write_bytes(signature)
    assert found(audit_folder(copy), "ADDENDUM-002").verdict is Verdict.OK


def test_a_lost_record_key_still_vouches_for_its_package(tmp_path: Path) -> None:
    closed = Closed(tmp_path, lost_key=True)
    report = audit_folder(closed.path, head=closed.head, signers=[closed.fingerprint], addenda=2)
    assert report.verdict is Verdict.OK, [str(check) for check in report.failed]
    assert "record-1 signed it" in str(found(report, "PACKAGE-aws-payments-kek").sentence)
    assert [signer.name for signer in report.signers] == ["record-2", "witness-1"]


def test_a_record_key_made_after_the_closing(tmp_path: Path) -> None:
    """Its certificate stands in addendum 001, which the head does not hold: anybody could have written both, and recover.py with them.
    Only its fingerprint on paper settles it."""
    closed = Closed(tmp_path, late_key=True)
    report = audit_folder(closed.path, head=closed.head, addenda=2)
    assert [check.id for check in report.failed] == ["ANCHOR-2"]
    assert "only record-2 and witness-1" in str(found(report, "ANCHOR-2"))
    assert "fingerprint from paper" in str(found(report, "ANCHOR-2"))
    whole = audit_folder(closed.path, head=closed.head, signers=[closed.fingerprint], addenda=2)
    assert whole.verdict is Verdict.OK, [str(check) for check in whole.failed]
    assert "ANCHOR not checked" in str(found(audit_folder(closed.path), "ANCHOR-1"))


class Abandoned(Closed):
    """Signed by a stranger alone, with an addendum that calls the record key lost."""

    def __init__(self, parent: Path) -> None:
        super().__init__(parent, addenda=0)
        self.add(1, f.RecordKeyLost(signer="record-1", reason="power"), signed=False)

    @property
    def manifest_signers(self) -> dict[str, Signer]:
        return {"witness-1": self.witness}


def test_a_record_key_that_somebody_calls_lost(tmp_path: Path) -> None:
    report = audit_folder(Abandoned(tmp_path).path, head=Abandoned(tmp_path / "other").head)
    assert "ANCHOR-2" in {check.id for check in report.failed}


class Forged(Closed):
    """A folder in which everything is signed and chained again after something was changed."""

    def _papers(self) -> None:
        super()._papers()
        self.forge()

    def forge(self) -> None:
        raise NotImplementedError


class ForgedPlan(Forged):
    def forge(self) -> None:
        self.folder.plan.write_bytes(b"version = 1\n")


class ForgedKey(Forged):
    def forge(self) -> None:
        path = self.folder.public_key("payments-signing")
        path.write_bytes(path.read_bytes().replace(b"A", b"B", 1))


class ForgedExtraKey(Forged):
    def forge(self) -> None:
        self.folder.public_key("other").write_bytes(b"x")


class ForgedPackage(Forged):
    def forge(self) -> None:
        (self.folder.package("aws", "payments-kek") / "EncryptedKeyMaterial.bin").write_bytes(b"other")


class ForgedSignature(Forged):
    def forge(self) -> None:
        path = self.folder.package("aws", "payments-kek") / "package.json"
        data = sign_detached(path.read_bytes(), self.witness.certificate.der, self.witness.sign, WHEN)
        path.with_name("package.json.p7s").write_bytes(data)


class ForgedExtraPackage(Forged):
    def forge(self) -> None:
        folder = self.folder.package("google", "payments-kek")
        folder.mkdir(parents=True)
        (folder / "wrapped-key.bin").write_bytes(b"x")


class ForgedExtraFile(Forged):
    def forge(self) -> None:
        (self.folder.package("aws", "payments-kek") / "other.bin").write_bytes(b"x")


class ForgedPapers(Forged):
    def forge(self) -> None:
        (self.folder.documents / "minutes.pdf").rename(self.folder.documents / "other.pdf")


class ForgedSigner(Forged):
    """The manifest signed by another key under the record key's name."""

    def forge(self) -> None:
        self.record_key = Signer()


class ForgedMissingSigner(Forged):
    def forge(self) -> None:
        self.signer_name = "witness-2"


class ForgedUnknownRecordKey(Forged):
    @property
    def manifest_signers(self) -> dict[str, Signer]:
        return {**super().manifest_signers, "record-2": self.witness}

    def forge(self) -> None:
        pass


@pytest.mark.parametrize(
    ("kind", "id", "file"),
    [
        (ForgedPlan, "PLAN-1", "plan.toml"),
        (ForgedKey, "PUBLIC-KEY-payments-signing", "public-keys/payments-signing.pem"),
        (ForgedExtraKey, "PUBLIC-KEYS-1", "public-keys/other.pem"),
        (ForgedPackage, "PACKAGE-aws-payments-kek", "exports/aws/payments-kek/EncryptedKeyMaterial.bin"),
        (ForgedSignature, "PACKAGE-aws-payments-kek", "exports/aws/payments-kek/package.json.p7s"),
        (ForgedExtraPackage, "PACKAGES-1", "exports/google/payments-kek/wrapped-key.bin"),
        (ForgedExtraFile, "PACKAGE-aws-payments-kek", "other.bin"),
        (ForgedPapers, "PAPERS-1", "documents/minutes.pdf"),
        (ForgedSigner, "SIGNERS-1", "signers/record-1.pem"),
        (ForgedMissingSigner, "SIGNERS-1", "signers/record-1.pem"),
        (ForgedUnknownRecordKey, "SIGNERS-1", "signers/record-2.pem"),
    ],
)
def test_signing_again_does_not_help(tmp_path: Path, kind: type[Forged], id: str, file: str) -> None:
    """Somebody with the record key can sign another manifest; the record, held by its head, still contradicts it."""
    forged = kind(tmp_path, addenda=0)
    report = audit_folder(forged.path, head=forged.head, signers=[forged.witness.certificate.fingerprint])
    assert [check.id for check in report.failed] == [id], [str(check) for check in report.failed]
    assert file in str(report.failed[0])


def test_a_head_that_no_line_had(tmp_path: Path) -> None:
    class OtherHead(Closed):
        def _keys(self) -> None:
            self.record(f.HeadRead(point="keys", head="ab" * 32, by="W"))
            super()._keys()

    report = audit_folder(OtherHead(tmp_path).path)
    assert [check.id for check in report.failed] == ["RECORD-4"]


def test_a_record_cannot_command_the_terminal(tmp_path: Path) -> None:
    class Hostile(Closed):
        def record(self, fact: f.Fact, step: str = "keys") -> None:
            if isinstance(fact, f.CeremonyClosed):
                fact = f.CeremonyClosed("\x1b[2J\u202ecompleted\n", (), (), "", (f.DocumentNonce("../../etc/\x07passwd", ""),))
            super().record(fact, step)

        def _keys(self) -> None:
            super()._keys()
            self.record(f.KeyGenerated("../\x1b", "", "", "", "", "", {}, "AAAA", sha256(b"\0\0\0").hexdigest(), ""))
            self.record(f.PackageWritten("..", "..", "", 1, "", "", False, True, sha256(PLAN).hexdigest(), ()))

    report = audit_folder(Hostile(tmp_path).path)
    lines = [str(check) for check in report.checks]
    assert all(line.isprintable() for line in lines), lines
    assert [check.id for check in report.failed] == ["PUBLIC-KEY-../\\x1b", "PROOFS-1", "PACKAGE-..-..", "PAPERS-1"]


def test_a_record_without_a_record_key(tmp_path: Path) -> None:
    class Keyless(Closed):
        def record(self, fact: f.Fact, step: str = "keys") -> None:
            if not isinstance(fact, f.RecordKeyMade):
                super().record(fact, step)

    report = audit_folder(Keyless(tmp_path).path)
    assert {"SIGNERS-1", "PACKAGE-aws-payments-kek"} <= {check.id for check in report.failed}


@pytest.mark.usefixtures("replayed")
def test_facts_that_no_ceremony_could_record_are_no_legal_run(closed: Closed) -> None:
    report = audit_folder(closed.path, head=closed.head)
    assert [check.id for check in report.failed] == ["PAPERS-1", "RUN-1"], "its plan is none either"


def test_a_run_that_cannot_be_replayed_is_a_failed_check(closed: Closed, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown_card(entries: object, plan: object) -> None:
        del entries, plan
        raise KeyError("12345678")

    monkeypatch.setattr(run, "verify_run", unknown_card)
    assert "no entry before it made known" in str(found(audit_folder(closed.path), "RUN-1"))


def test_a_folder_that_failed_is_not_replayed(copy: Path) -> None:
    (copy / "plan.toml").write_bytes(b"x")
    assert str(found(audit_folder(copy), "RUN-1")) == "RUN-1 not checked: Not looked at, because MANIFEST-1, PLAN-1 failed."


def test_another_format(tmp_path: Path) -> None:
    class Newer(Closed):
        def record(self, fact: f.Fact, step: str = "keys") -> None:
            if isinstance(fact, f.CeremonyOpened):
                fact = f.CeremonyOpened(fact.ceremony_id, fact.kind, fact.mode, 2, fact.plan_sha256, fact.software)
            super().record(fact, step)

    report = audit_folder(Newer(tmp_path).path)
    assert "written in format 2" in str(found(report, "RECORD-2"))
