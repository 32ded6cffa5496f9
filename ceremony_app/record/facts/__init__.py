"""Every fact a record can hold. `FACTS` maps the tag in a record line to its class; `AnyFact` is their union, for exhaustive matching."""

from __future__ import annotations

from typing import get_args

from ceremony_app.record.facts.backup import (
    BackupBegun,
    BackupMade,
    CardBegun,
    CardEntered,
    CardIssued,
    CardProved,
    CardsDrawn,
    CardSealed,
    CardSpoiled,
    RecoveryRehearsed,
    RestoredKey,
    ShareSetMade,
    ShareSetVoided,
)
from ceremony_app.record.facts.ceremony import (
    CeremonyAborted,
    CeremonyContinued,
    CeremonyOpened,
    CeremonyResumed,
    CeremonyStopped,
    CeremonySuspended,
    CheckMade,
    ClockCompared,
    DeviationRecorded,
    FindingMade,
    GapExplained,
    HeadCompared,
    HeadRead,
    PlanLoaded,
    ProcessStarted,
    SecondPlaceLost,
    SecondPlaceRestored,
    Software,
    TornLineSetAside,
)
from ceremony_app.record.facts.closing import (
    CeremonyClosed,
    DeviationsAgreed,
    DocumentNonce,
    FolderChecked,
    ManifestSigned,
    RecordKeyLost,
    RecordKeyMade,
    RecordTokenWipeBegun,
    RecordTokenWiped,
    StatementMade,
)
from ceremony_app.record.facts.exports import (
    FileWritten,
    HoldEnded,
    ImportConfirmed,
    ImportRefused,
    PackageBegun,
    PackageSigned,
    PackageWritten,
    RecipientAccepted,
    RecipientRefused,
)
from ceremony_app.record.facts.fact import Fact, Row
from ceremony_app.record.facts.goods import BagOpened, BagSealed, GoodsCounted
from ceremony_app.record.facts.keys import (
    KeyDestroyed,
    KeyDestructionBegun,
    KeyGenerated,
    KeyGenerationBegun,
    KeyObjectsRemoved,
    KeyProved,
    KeySealed,
)
from ceremony_app.record.facts.people import (
    GateOpened,
    GateRefused,
    PersonLeft,
    PersonReturned,
    PersonSignedIn,
    SeatSubstituted,
    WitnessCodeChosen,
)
from ceremony_app.record.facts.token import (
    AlgorithmMeasured,
    CensusTaken,
    PinHalfProved,
    PinMailersBegun,
    PinMailersMade,
    TokenClosed,
    TokenInitialisationBegun,
    TokenInitialised,
    TokenOpened,
)

AnyFact = (
    CeremonyOpened
    | ProcessStarted
    | CheckMade
    | ClockCompared
    | PlanLoaded
    | HeadRead
    | HeadCompared
    | GapExplained
    | TornLineSetAside
    | SecondPlaceLost
    | SecondPlaceRestored
    | DeviationRecorded
    | CeremonyStopped
    | CeremonyContinued
    | CeremonySuspended
    | CeremonyResumed
    | CeremonyAborted
    | PersonSignedIn
    | SeatSubstituted
    | WitnessCodeChosen
    | PersonLeft
    | PersonReturned
    | GateOpened
    | GateRefused
    | BagOpened
    | GoodsCounted
    | BagSealed
    | PinMailersBegun
    | PinMailersMade
    | PinHalfProved
    | TokenInitialisationBegun
    | TokenInitialised
    | TokenOpened
    | TokenClosed
    | CensusTaken
    | KeyGenerationBegun
    | KeyGenerated
    | KeyProved
    | KeySealed
    | KeyDestructionBegun
    | KeyObjectsRemoved
    | KeyDestroyed
    | ShareSetMade
    | ShareSetVoided
    | BackupBegun
    | BackupMade
    | CardBegun
    | CardIssued
    | CardSpoiled
    | CardProved
    | CardsDrawn
    | CardEntered
    | RecoveryRehearsed
    | CardSealed
    | RecipientAccepted
    | RecipientRefused
    | PackageBegun
    | PackageWritten
    | PackageSigned
    | ImportConfirmed
    | ImportRefused
    | HoldEnded
    | RecordKeyMade
    | RecordKeyLost
    | DeviationsAgreed
    | StatementMade
    | CeremonyClosed
    | ManifestSigned
    | FolderChecked
    | RecordTokenWipeBegun
    | RecordTokenWiped
)

FACTS: dict[str, type[Fact]] = {fact.__name__: fact for fact in get_args(AnyFact)}

__all__ = [
    "FACTS",
    "AlgorithmMeasured",
    "AnyFact",
    "BackupBegun",
    "BackupMade",
    "BagOpened",
    "BagSealed",
    "CardBegun",
    "CardEntered",
    "CardIssued",
    "CardProved",
    "CardSealed",
    "CardSpoiled",
    "CardsDrawn",
    "CensusTaken",
    "CeremonyAborted",
    "CeremonyClosed",
    "CeremonyContinued",
    "CeremonyOpened",
    "CeremonyResumed",
    "CeremonyStopped",
    "CeremonySuspended",
    "CheckMade",
    "ClockCompared",
    "DeviationRecorded",
    "DeviationsAgreed",
    "DocumentNonce",
    "Fact",
    "FileWritten",
    "FindingMade",
    "FolderChecked",
    "GapExplained",
    "GateOpened",
    "GateRefused",
    "GoodsCounted",
    "HeadCompared",
    "HeadRead",
    "HoldEnded",
    "ImportConfirmed",
    "ImportRefused",
    "KeyDestroyed",
    "KeyDestructionBegun",
    "KeyGenerated",
    "KeyGenerationBegun",
    "KeyObjectsRemoved",
    "KeyProved",
    "KeySealed",
    "ManifestSigned",
    "PackageBegun",
    "PackageSigned",
    "PackageWritten",
    "PersonLeft",
    "PersonReturned",
    "PersonSignedIn",
    "PinHalfProved",
    "PinMailersBegun",
    "PinMailersMade",
    "PlanLoaded",
    "ProcessStarted",
    "RecipientAccepted",
    "RecipientRefused",
    "RecordKeyLost",
    "RecordKeyMade",
    "RecordTokenWipeBegun",
    "RecordTokenWiped",
    "RecoveryRehearsed",
    "RestoredKey",
    "Row",
    "SeatSubstituted",
    "SecondPlaceLost",
    "SecondPlaceRestored",
    "ShareSetMade",
    "ShareSetVoided",
    "Software",
    "StatementMade",
    "TokenClosed",
    "TokenInitialisationBegun",
    "TokenInitialised",
    "TokenOpened",
    "TornLineSetAside",
    "WitnessCodeChosen",
]
