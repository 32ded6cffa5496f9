"""Made-up ceremonies told as facts: a plan of any size, and what a room that follows it would have recorded."""

from __future__ import annotations

import datetime
from hashlib import sha256

import msgspec

from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.plan.model import Approval, Backup, CeremonyKind, Custodian, Destination, Environment, Export, KeySpec, Person, Plan, Role
from ceremony_app.record import facts as f
from ceremony_app.record.state import State, fold

HEAD = sha256(b"the last header").hexdigest()
NONCE = "5f" * 16
START = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
ROOM = (
    ("Adaeze Okafor", Role.ADMINISTRATOR), ("Jonas Weber", Role.OPERATOR), ("Ingrid Solheim", Role.WITNESS),
    ("Priya Raman", Role.PIN_HOLDER), ("Kenji Watanabe", Role.PIN_HOLDER), ("Marit Haugen", Role.CONTROLLER),
)  # fmt: skip
CUSTODIANS = ("Tomas Lindqvist", "Mei-Ling Chen", "Wanjiru Kamau", "Rafael Souza", "Elif Demir")
LONG_NAME = "Maximiliana Konstantinopoulou-Featherstonehaugh de la Fontaine y Santísima"
ATTRIBUTES = {
    "CLASS": "SECRET_KEY", "KEY_TYPE": "AES", "TOKEN": "true", "PRIVATE": "true", "SENSITIVE": "true", "EXTRACTABLE": "true",
    "ALWAYS_SENSITIVE": "true", "NEVER_EXTRACTABLE": "false", "LOCAL": "true", "MODIFIABLE": "true", "VALUE_LEN": "32",
    "ENCRYPT": "true", "DECRYPT": "true", "WRAP": "false", "UNWRAP": "false", "SIGN": "false", "VERIFY": "false",
}  # fmt: skip
PAIR = {
    "CLASS": "PRIVATE_KEY", "TOKEN": "true", "SENSITIVE": "true", "EXTRACTABLE": "true", "SIGN": "true", "DECRYPT": "false", "LABEL": "x",
    "PUBLIC.CLASS": "PUBLIC_KEY", "PUBLIC.TOKEN": "true", "PUBLIC.VERIFY": "true", "PUBLIC.ENCRYPT": "false", "PUBLIC.ID": "00",
}  # fmt: skip


class Told(msgspec.Struct, frozen=True):
    """What the fold needs of an entry."""

    utc: str
    fact: f.AnyFact | None


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def a_plan(keys: int = 3, *, exports: bool = True, cards: tuple[int, int] = (2, 3), name: str = "Adaeze Okafor") -> Plan:
    """`keys` keys, taking turns in kind, in one group of `cards` (threshold, count), each exported to AWS when asked."""
    shapes = ((Algorithm.AES_256, Purpose.ENCRYPT), (Algorithm.RSA_3072, Purpose.SIGN), (Algorithm.EC_P384, Purpose.SIGN))
    specs = tuple(KeySpec(f"payments-{number:02d}", *shapes[number % 3], 365) for number in range(keys))
    people = [Person(who if who != "Adaeze Okafor" else name, (role,), "Meridian Trust") for who, role in ROOM]
    people += [Person(who, (Role.CUSTODIAN,), "Nordhavn Legal", "Hanne Bakke") for who in CUSTODIANS[: cards[1]]]
    people.append(Person("Rania Haddad", (Role.APPROVER,), "Meridian Trust"))
    return Plan(
        version=1,
        title="Payments root keys 2026",
        kind=CeremonyKind.GENERATE,
        environment=Environment.PRODUCTION,
        approval=Approval("Rania Haddad, CISO", "CHG-4711", datetime.date(2026, 11, 20)),
        people=tuple(people),
        keys=specs,
        backups=(
            Backup(
                "payments",
                tuple(spec.label for spec in specs),
                cards[0],
                tuple(Custodian(who, f"Safe {number}, Oslo") for number, who in enumerate(CUSTODIANS[: cards[1]], 1)),
            ),
        ),
        exports=tuple(Export(spec.label, Destination.AWS, resource(spec.label)) for spec in specs) if exports else (),
    )


def resource(label: str) -> str:
    return f"arn:aws:kms:eu-west-1:111122223333:key/{label}-6f2c9a7e1b01"


class Story:
    """Facts in order, twenty seconds apart. Each method tells a part of the ceremony and answers the story, so parts can be chained."""

    def __init__(self, plan: Plan, mode: str = "production") -> None:
        self.plan, self.mode = plan, mode
        self.told: list[Told] = []
        self.set_id = "39017724"

    @property
    def state(self) -> State:
        return fold(self.told)

    def tell(self, *facts: f.AnyFact) -> Story:
        for fact in facts:
            moment = START + datetime.timedelta(seconds=20 * len(self.told))
            self.told.append(Told(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), fact))
        return self

    def opening(self) -> Story:
        software = (f.Software("ceremony-app", "0.1.0", digest("app")), f.Software("Python", "3.11.7", digest("python")))
        self.tell(
            f.CeremonyOpened("20261124-K7QM2XWA", "generate", self.mode, 1, digest("plan"), software),
            f.ProcessStarted("desk", {}),
            f.CheckMade("swap", "none", "pass", "measured", "No swap area was active."),
            f.CheckMade("ptrace-scope", "0", "warn", "measured", "A process of the same user could read this program's memory (0)."),
            f.CheckMade("unseen-devices", "", "not checked", "not checked", "Devices that the system does not show were not checked."),
            f.ClockCompared("2026-11-24 09:02", "2026-11-24T09:02:11Z", 11, "Ingrid Solheim"),
            f.ProcessStarted("record", {"dumpable": "false", "core_limit": "0", "memory_locked": "all"}),
            f.RecordKeyMade("record-1", "QUJD", digest("certificate"), "a1b2c3d4e5f60718"),
            f.HeadRead("record key record-1", digest("head 1"), "Ingrid Solheim"),
            f.PlanLoaded(
                self.plan.title, "production", digest("plan"), ("Jonas Weber", "Ingrid Solheim"),
                (
                    f.FindingMade("PLAN-001", "pass", "Every role is held."),
                    f.FindingMade("PLAN-012", "warn", "The set payments has no card to spare."),
                ),
            ),
        )  # fmt: skip
        for person in self.plan.must_be_present:
            roles = tuple(role.value for role in person.roles)
            seen_by = "Jonas Weber" if person.name != "Jonas Weber" else "Ingrid Solheim"
            self.tell(f.PersonSignedIn(person.name, roles, seen_by, "passport"))
        return self.tell(
            f.WitnessCodeChosen("Ingrid Solheim"),
            f.BagOpened("token", "TEB-100231", True, "Ingrid Solheim"),
            f.GoodsCounted("blank sheets", 12, (), "Ingrid Solheim"),
            f.ProcessStarted("keys", {"dumpable": "false", "core_limit": "0", "memory_locked": "buffers"}),
            f.PinMailersMade(1, ("Priya Raman", "Kenji Watanabe"), ("user A", "user B", "so A", "so B"), 32),
            f.PinHalfProved("user", "A", "Priya Raman"),
            f.PinHalfProved("user", "B", "Kenji Watanabe"),
            f.TokenInitialisationBegun("CEREMONY 2026"),
            f.TokenInitialised("CEREMONY 2026", "DENK0301224", "SoftHSM project", "SoftHSM v2", "2.6"),
            f.CensusTaken(
                "DENK0301224", digest("module"), "0x210A", ("sha1",), True,
                (
                    f.AlgorithmMeasured("AES-256", True, True, True, True, ""),
                    f.AlgorithmMeasured("RSA-3072", True, True, False, True, "padding is repaired in the strongroom"),
                ),
            ),
            f.GateOpened("generate", "Ingrid Solheim", digest("head 1")),
        )  # fmt: skip

    def keys(self) -> Story:
        for spec in self.plan.keys:
            secret = spec.algorithm.is_secret
            cka_id = digest(spec.label)[:32]
            self.tell(
                f.KeyGenerationBegun(spec.label, cka_id),
                f.KeyGenerated(
                    spec.label, cka_id, spec.algorithm.value, spec.purpose.value,
                    "CKM_AES_KEY_GEN" if secret else "CKM_RSA_PKCS_KEY_PAIR_GEN", "DENK0301224",
                    ATTRIBUTES if secret else PAIR,
                    "" if secret else "QUJD", "" if secret else digest(f"spki {spec.label}"), digest(spec.label)[-10:] if secret else "",
                ),
                f.KeyProved(
                    spec.label, f"orange bicycle {spec.label[-2:]}", "Ingrid Solheim",
                    "AES-GCM" if secret else "RSA-PSS-SHA256", "QUJD", "",
                ),
            )  # fmt: skip
        return self.tell(f.HeadRead("key list", digest("head 2"), "Ingrid Solheim"))

    def backups(self) -> Story:
        backup = self.plan.backups[0]
        prints = tuple(digest(f"share {self.set_id} {number}")[:12] for number in range(1, backup.shares + 1))
        self.tell(f.ShareSetMade(backup.name, self.set_id, 4711, backup.threshold, backup.shares, prints, "2b412c7deb", 16))
        for label in backup.keys:
            path = f"{backup.name}/{label}.json"
            self.tell(
                f.BackupBegun(label, backup.name, self.set_id),
                f.BackupMade(label, backup.name, self.set_id, "A", path, digest(path + self.set_id), 812, ("B-1", "B-2")),
            )
        return self

    def cards(self, *, upto: int | None = None) -> Story:
        backup = self.plan.backups[0]
        self.tell(f.GateOpened("print", "Ingrid Solheim", digest("head 2")))
        for number, custodian in enumerate(backup.custodians[:upto], 1):
            fingerprint = digest(f"share {self.set_id} {number}")[:12]
            self.tell(
                f.CardBegun(backup.name, self.set_id, number, 1, custodian.name),
                f.CardIssued(backup.name, self.set_id, number, 1, "printed", "Ingrid Solheim"),
                f.CardProved(backup.name, self.set_id, number, fingerprint, "image", custodian.name),
            )
        return self

    def bags(self) -> Story:
        backup = self.plan.backups[0]
        drawn = tuple(range(1, backup.threshold + 1))
        self.tell(
            f.TokenClosed("the strongroom that held the backup secrets has ended"),
            f.CardsDrawn(backup.name, self.set_id, drawn, "Ingrid Solheim", "B-2"),
        )
        for number in drawn:
            by = backup.custodians[number - 1].name
            self.tell(f.CardEntered(backup.name, self.set_id, number, digest(f"share {self.set_id} {number}")[:12], "words", by))
        restored = tuple(f.RestoredKey(label, digest(label), "", "") for label in backup.keys)
        self.tell(f.RecoveryRehearsed(backup.name, self.set_id, drawn, "B-2", restored, "77aa", 0))
        for number, custodian in enumerate(backup.custodians, 1):
            self.tell(
                f.CardSealed(backup.name, self.set_id, number, f"TEB-2{number:05d}", custodian.name),
                f.PersonLeft(custodian.name, "card sealed"),
            )
        return self

    def exports(self, *, confirmed: int = 0) -> Story:
        self.tell(f.GateOpened("wrap", "Ingrid Solheim", digest("head 2")))
        for number, export in enumerate(self.plan.exports):
            to = (export.key, export.destination.value, export.resource)
            package = digest(f"package {export.key}")
            self.tell(
                f.RecipientAccepted(
                    *to, "QUJD", digest(f"recipient {export.key}"), 4096, 65537, "RSA_AES_KEY_WRAP_SHA_256", "2026-11-25T08:00:00Z",
                    digest("token"), "telephone to the second cloud engineer", 4, "Ingrid Solheim",
                ),
                f.PackageBegun(*to, 1),
                f.PackageWritten(
                    *to, 1, "RSA_AES_KEY_WRAP_SHA_256", "transport-key-in-strongroom", number % 2 == 1, True, package,
                    (f.FileWritten(f"exports/aws/{export.key}/EncryptedKeyMaterial.bin", digest(export.key + "material"), 552),),
                ),
                f.PackageSigned(*to, 1, "record-1"),
            )  # fmt: skip
            if number < confirmed:
                self.tell(
                    f.ImportConfirmed(*to, package, "2026-11-24T13:00:00Z", digest("receipt"), "public key", True, "", "Ingrid Solheim"),
                    f.KeySealed(export.key, {**ATTRIBUTES, "EXTRACTABLE": "false"}),
                )
        return self.tell(f.HoldEnded(self.unconfirmed(confirmed), "Ingrid Solheim"))

    def deviation(self, number: int = 1, effect: str = "none") -> Story:
        return self.tell(
            f.DeviationRecorded(
                number, "cards, one by one", "The printer delivers one sheet.", "Two sheets were drawn in; one was blank.",
                "The blank sheet was shredded; the ceremony goes on.", "Adaeze Okafor", effect,
            )
        )  # fmt: skip

    def closing(self, outcome: str = "completed", open_items: tuple[str, ...] = (), disagreeing: str = "") -> Story:
        self.tell(
            f.DeviationsAgreed(len(self.state.course.deviations), "Ingrid Solheim"),
            f.TokenClosed("packed"),
            f.BagSealed("token", "TEB-300001", "Marit Haugen"),
            f.BagSealed("PIN mailers", "TEB-300002", "Priya Raman"),
        )
        for person in self.plan.must_be_present:
            agrees = person.name != disagreeing
            roles = tuple(role.value for role in person.roles)
            self.tell(f.StatementMade(person.name, roles, agrees, "" if agrees else "I was out of the room when card 2 was printed."))
        return self.tell(
            f.HeadRead("close", digest("head 3"), "Ingrid Solheim"),
            f.GateOpened("close", "Ingrid Solheim", digest("head 3")),
            f.CeremonyClosed(outcome, open_items, ("001", "002"), "typst 0.15.2", (f.DocumentNonce("READ-FIRST.pdf", "a7" * 16),)),
        )

    def whole(self, *, confirmed: int = 0) -> Story:
        """A ceremony in which all went as planned."""
        self.opening().keys().backups().cards().bags()
        if self.plan.exports:
            self.exports(confirmed=confirmed)
        return self.closing(open_items=tuple(f"import not confirmed: {one}" for one in self.unconfirmed(confirmed)))

    def unconfirmed(self, confirmed: int = 0) -> tuple[str, ...]:
        """The exports after the first `confirmed`, as open items name them."""
        return tuple(f"{one.key} {one.destination.value} {one.resource}" for one in self.plan.exports[confirmed:])

    def troubled(self) -> Story:
        """Whatever can go wrong without ending a ceremony: a void set, a stop, a break, a power loss, deviations, a dissenter."""
        group, led_by = self.plan.backups[0].name, self.plan.administrator.name
        self.opening().keys().backups().cards(upto=2).tell(
            f.CardSpoiled(group, self.set_id, 2, 1, "not whole", "Tomas Lindqvist", "Ingrid Solheim"),
            f.ShareSetVoided(group, self.set_id, "card 2 was drawn into the printer", (1, 2), "Ingrid Solheim"),
            f.CeremonyStopped("Ingrid Solheim", "I could not see the shredder."),
            f.CeremonyContinued(led_by, "The shredder was turned round."),
            f.CeremonySuspended(led_by, "Lunch.", "the room, with TEB-900001"),
            f.CeremonyResumed("Ingrid Solheim", True, ""),
            f.ProcessStarted("desk", {}),
            f.TornLineSetAside(77, digest("torn")),
            f.GapExplained("Power was lost for four minutes.", "Ingrid Solheim"),
            f.SecondPlaceLost("no space left on device"),
            f.RecordKeyLost("record-1", "power loss"),
            f.RecordKeyMade("record-2", "QUJD", digest("certificate 2"), "b1b2c3d4e5f60718"),
            f.PersonLeft("Kenji Watanabe", "telephone"),
            f.PersonReturned("Kenji Watanabe", "Priya Raman"),
            f.SeatSubstituted("Wanjiru Kamau", "Hanne Bakke", "ill"),
        )
        self.set_id = "55510002"
        self.deviation(1).deviation(2, "possible").backups().cards().bags().exports()
        return self.closing("completed with deviations", ("Replace the printer.",), disagreeing="Mei-Ling Chen")

    def aborted(self) -> Story:
        """A ceremony that ended after the keys: its set void, all keys but the last destroyed."""
        self.opening().keys().backups().cards(upto=1).tell(
            f.CeremonyAborted("Ingrid Solheim", "Fire alarm; the room was left unattended."),
            f.ShareSetVoided(self.plan.backups[0].name, self.set_id, "The ceremony was aborted.", (1,), "Ingrid Solheim"),
        )
        for key in self.plan.keys[:-1]:
            cka_id = digest(key.label)[:32]
            self.tell(
                f.KeyDestructionBegun(key.label, cka_id, "the ceremony was aborted"),
                f.KeyObjectsRemoved(key.label, cka_id, 2, 1, 0),
                f.KeyDestroyed(key.label, cka_id, "the ceremony was aborted"),
            )
        return self.closing("aborted", (f"{self.plan.keys[-1].label} is left in the token",))
