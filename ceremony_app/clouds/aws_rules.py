"""What AWS KMS takes, as rules over the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ceremony_app.clouds.aws_key import CONCEPTS, GUIDE, IMPORTABLE, NOT_IMPORTABLE, STEP_2
from ceremony_app.clouds.aws_resource import CHINA, KEY_ARN, is_alias, is_key_id
from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.plan.model import Destination, Export, KeySpec, Plan
from ceremony_app.plan.rule import Rulebook, Trouble, Verdict, trouble

RULES: Rulebook[Plan] = Rulebook()


def _exports(plan: Plan) -> Iterator[tuple[int, Export]]:
    return ((index, export) for index, export in enumerate(plan.exports) if export.destination is Destination.AWS)


def _keys(plan: Plan) -> Iterator[tuple[int, KeySpec]]:
    """Exported keys with the export's place; a label that names no key is another rule's business (PLAN-501)."""
    specs = {key.label: key for key in plan.keys}
    return ((index, specs[export.key]) for index, export in _exports(plan) if export.key in specs)


def _has(fits: Callable[[KeySpec], bool]) -> Callable[[Plan], bool]:
    return lambda plan: any(fits(key) for _, key in _keys(plan))


def _goes_to_aws(plan: Plan) -> bool:
    return any(True for _ in _exports(plan))


@RULES.rule(
    "AWS-001",
    Verdict.FAIL,
    source=f"KMS API, GetParametersForImport: KeyId is a key id or key ARN; {STEP_2}",
    passes="Every AWS export names its KMS key by ARN or key id.",
    fails="{resource} is not the ARN or the id of a KMS key{hint}.",
    applies=_goes_to_aws,
)
def names_a_key(plan: Plan) -> Iterator[Trouble]:
    """The resource is a key ARN or a key id; an alias may be moved to another key between fetching and import."""
    for index, export in _exports(plan):
        if not KEY_ARN.fullmatch(export.resource) and not is_key_id(export.resource):
            hint = ": aliases are not accepted for import" if is_alias(export.resource) else ""
            yield trouble(f"exports[{index}].resource", resource=export.resource, hint=hint)


@RULES.rule(
    "AWS-002",
    Verdict.WARN,
    source="House rule: a bare key id leaves open in which account and Region the key lies",
    passes="Every AWS export says account and Region.",
    fails="{resource} is a bare key id; write the key's ARN, so that account and Region are reviewed too.",
    applies=_goes_to_aws,
)
def says_account_and_region(plan: Plan) -> Iterator[Trouble]:
    """ARNs rather than bare ids."""
    for index, export in _exports(plan):
        if is_key_id(export.resource):
            yield trouble(f"exports[{index}].resource", resource=export.resource)


@RULES.rule(
    "AWS-003",
    Verdict.FAIL,
    source=f"{CONCEPTS}: the China Regions have other key material and other wrapping",
    passes="No AWS export goes to a China Region.",
    fails="{resource} lies in a China Region, where material and wrapping differ; that is not built.",
    applies=_goes_to_aws,
)
def not_in_china(plan: Plan) -> Iterator[Trouble]:
    """The partition `aws-cn` is refused."""
    for index, export in _exports(plan):
        if CHINA.match(export.resource):
            yield trouble(f"exports[{index}].resource", resource=export.resource)


@RULES.rule(
    "AWS-004",
    Verdict.FAIL,
    source=f"{CONCEPTS}: key types that support imported key material",
    passes="AWS KMS can import every key that goes there.",
    fails="{algorithm} cannot be imported into AWS KMS: {why}. The nearest that can is {nearest}.",
    applies=_goes_to_aws,
)
def importable(plan: Plan) -> Iterator[Trouble]:
    """The algorithm is on the list of importable ones."""
    for index, key in _keys(plan):
        if key.algorithm not in IMPORTABLE:
            why, nearest = NOT_IMPORTABLE[key.algorithm]
            yield trouble(f"exports[{index}].key", algorithm=key.algorithm.value, why=why, nearest=nearest.value)


@RULES.rule(
    "AWS-005",
    Verdict.FAIL,
    source=f"{GUIDE}symm-asymm-choose-key-usage.html: key usage by key type",
    passes="Every key that goes to AWS KMS has a purpose it can serve there.",
    fails="AWS KMS has no use {purpose} for an {algorithm} key; a key for message authentication there is HMAC-256, HMAC-384 or HMAC-512.",
    applies=_goes_to_aws,
)
def purpose_exists(plan: Plan) -> Iterator[Trouble]:
    """There is a KeyUsage for the key's purpose. What the algorithm itself cannot do is the plan's own rule."""
    for index, key in _keys(plan):
        row = IMPORTABLE.get(key.algorithm)
        if row is not None and key.purpose in key.algorithm.purposes and key.purpose not in row.usage:
            yield trouble(f"exports[{index}].key", purpose=key.purpose.value, algorithm=key.algorithm.value)


@RULES.rule(
    "AWS-006",
    Verdict.WARN,
    source="AWS Security Blog, Demystifying AWS KMS key operations, bring your own key, custom key store, and ciphertext portability",
    passes="Every key that goes to AWS KMS can be proven there to be this ceremony's.",
    fails="{label}: AWS KMS offers no proof which symmetric key it holds, so the import is closed by a witnessed decision instead.",
    applies=_has(lambda key: key.algorithm is Algorithm.AES_256),
)
def proof_exists(plan: Plan) -> Iterator[Trouble]:
    """Symmetric keys cannot be proven; people should know before the day."""
    for index, key in _keys(plan):
        if key.algorithm is Algorithm.AES_256 and key.purpose in (Purpose.ENCRYPT, Purpose.WRAP):
            yield trouble(f"exports[{index}].key", label=key.label)


@RULES.rule(
    "AWS-007",
    Verdict.WARN,
    source=f"{GUIDE}rotating-keys-manually.html: asymmetric and HMAC keys keep their material for ever",
    passes="Every key that goes to AWS KMS takes new material at the next rotation.",
    fails="{label}: the material of this KMS key can never be changed, so its rotation is a new KMS key and the alias moved to it. "
    "Have applications use an alias.",
    applies=_has(lambda key: key.algorithm in IMPORTABLE and key.algorithm is not Algorithm.AES_256),
)
def rotation_is_a_new_key(plan: Plan) -> Iterator[Trouble]:
    """Only symmetric keys rotate in place."""
    for index, key in _keys(plan):
        row = IMPORTABLE.get(key.algorithm)
        if row is not None and not row.is_symmetric:
            yield trouble(f"exports[{index}].key", label=key.label)
