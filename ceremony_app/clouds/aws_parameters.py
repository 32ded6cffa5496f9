"""From what AWS handed out to a `Recipient`: every check of form, key, time and fit, each with a code of its own."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from ceremony_app.clouds.aws_console import Handout
from ceremony_app.clouds.aws_download import SIDECAR_FILE, read_handout
from ceremony_app.clouds.aws_key import aws_key
from ceremony_app.clouds.aws_resource import is_alias, is_same_key
from ceremony_app.clouds.destination import Recipient
from ceremony_app.clouds.intake import shown
from ceremony_app.clouds.material import fits, material_bytes, oaep_capacity
from ceremony_app.clouds.moment import from_provider, from_utc_text, utc_text
from ceremony_app.clouds.spki import PRACTICE_EXPONENT, WrappingKey, read_wrapping_key
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.keys import WrapScheme
from ceremony_app.plan.model import Export, KeySpec

TOKEN_AT_MOST = 6144
"""Largest import token and largest encrypted key material, in bytes (KMS API, ImportKeyMaterial)."""
VALIDITY = timedelta(hours=24)
CLOCK_TOLERANCE = timedelta(minutes=15)
"""By how much the wall time in the room may be slow before a fresh answer looks too long-lived."""
WRAPPING_KEY_BITS = (2048, 3072, 4096)


def read_recipient(directory: Path, export: Export, key: KeySpec, now: datetime, asked: WrapScheme, *, rehearsal: bool) -> Recipient:
    """The recipient for `export` in `directory`. `asked` is the wrapping algorithm that the request sheet named: it stands where neither
    `wrapping.json` nor a README says another. `now` must know its zone. Raises `BadInput`."""
    handout = read_handout(directory)
    wrapping_key = read_wrapping_key(handout.public_key, handout.public_key_from, practice=rehearsal)
    _check_bits(wrapping_key, handout)
    _check_token(handout)
    _check_key_id(handout, export)
    scheme = _scheme(handout, asked)
    _check_fit(scheme, key, wrapping_key, handout)
    return Recipient(
        spki=wrapping_key.spki,
        spki_sha256=wrapping_key.spki_sha256,
        bits=wrapping_key.bits,
        exponent=wrapping_key.exponent,
        scheme=scheme,
        valid_until=utc_text(_valid_until(handout, now)),
        import_token=handout.token,
        token_sha256=hashlib.sha256(handout.token).hexdigest(),
        resource=export.resource,
        practice=wrapping_key.exponent == PRACTICE_EXPONENT,
    )


def verify_still_valid(recipient: Recipient, now: datetime) -> None:
    """Raises `DoesNotHold` when the recipient has expired meanwhile; `now` must know its zone."""
    if now >= from_utc_text(recipient.valid_until):
        raise DoesNotHold(
            "recipient-expired-meanwhile",
            "The wrapping key for {resource} was valid until {until} and it is now {now}.",
            stands="Nothing was wrapped for it. Keys, cards and backups are not touched by this.",
            next_step="Have new import parameters fetched, bring them in and accept them anew.",
            resource=recipient.resource,
            until=recipient.valid_until,
            now=utc_text(now),
        )


def _check_bits(key: WrappingKey, handout: Handout) -> None:
    if key.bits not in WRAPPING_KEY_BITS:
        raise BadInput(
            "recipient-key-size",
            "The wrapping key in {where} has {bits} bits; AWS KMS hands out 2048, 3072 or 4096.",
            next_step="Do not use this file. Fetch import parameters again from AWS KMS.",
            where=handout.public_key_from,
            bits=key.bits,
        )


def _check_token(handout: Handout) -> None:
    if not handout.token:
        raise BadInput(
            "recipient-token-empty",
            "The import token in {where} is empty.",
            next_step="Fetch import parameters again; wrapping key and import token are a pair.",
            where=handout.token_from,
        )
    if len(handout.token) > TOKEN_AT_MOST:
        raise BadInput(
            "recipient-token-large",
            "The import token in {where} has {size} bytes; AWS KMS takes at most {at_most}.",
            next_step="Bring the import token unchanged; it may have been encoded twice.",
            where=handout.token_from,
            size=len(handout.token),
            at_most=TOKEN_AT_MOST,
        )


def _check_key_id(handout: Handout, export: Export) -> None:
    if not handout.key_id:
        raise BadInput(
            "recipient-key-id-unknown",
            "Nothing in {where} says for which KMS key it was fetched.",
            next_step="Bring parameters.json, or name the key as KeyId in {sidecar} beside it.",
            where=handout.source,
            sidecar=SIDECAR_FILE,
        )
    if is_alias(handout.key_id):
        raise BadInput(
            "recipient-alias",
            "{where} names the alias {key_id}; an alias may be moved to another key before the import.",
            next_step="Fetch import parameters with the key's ARN.",
            where=handout.source,
            key_id=shown(handout.key_id),
        )
    if not is_same_key(handout.key_id, export.resource):
        raise BadInput(
            "recipient-other-resource",
            "{where} was fetched for the KMS key {key_id} (KeyId), but the plan exports {label} to {resource}.",
            next_step="Fetch import parameters for the key that the plan names; check that files of two keys were not swapped.",
            where=handout.source,
            key_id=shown(handout.key_id),
            label=export.key,
            resource=export.resource,
        )


def _scheme(handout: Handout, asked: WrapScheme) -> WrapScheme:
    if not handout.algorithm:
        return asked
    try:
        return WrapScheme(handout.algorithm)
    except ValueError as error:
        raise BadInput(
            "recipient-scheme-unknown",
            "The wrapping algorithm {algorithm} is not one of {known}.",
            next_step="Fetch import parameters with the wrapping algorithm of the request sheet: {asked}.",
            algorithm=shown(handout.algorithm),
            known=", ".join(scheme.value for scheme in WrapScheme),
            asked=asked.value,
        ) from error


def _check_fit(scheme: WrapScheme, key: KeySpec, wrapping_key: WrappingKey, handout: Handout) -> None:
    allowed = aws_key(key.algorithm).schemes
    if scheme not in allowed:
        raise BadInput(
            "recipient-scheme-unfit",
            "{where} was fetched for {scheme}, with which AWS KMS does not import an {algorithm} key; it takes {allowed}.",
            next_step="Fetch import parameters again with --wrapping-algorithm {first}.",
            where=handout.source,
            scheme=scheme.value,
            algorithm=key.algorithm.value,
            allowed=", ".join(one.value for one in allowed),
            first=allowed[0].value,
        )
    if not fits(key.algorithm, scheme, wrapping_key.bits):
        raise BadInput(
            "recipient-key-too-small",
            "An {algorithm} key ({size} bytes) does not fit under {scheme} with {bits} bits, which takes {capacity}.",
            next_step="Fetch import parameters again with --wrapping-key-spec RSA_4096.",
            algorithm=key.algorithm.value,
            size=material_bytes(key.algorithm),
            scheme=scheme.value,
            bits=wrapping_key.bits,
            capacity=oaep_capacity(wrapping_key.bits, scheme),
        )


def _valid_until(handout: Handout, now: datetime) -> datetime:
    if handout.valid_to is None:
        raise BadInput(
            "recipient-validity-unknown",
            "Nothing in {where} says how long it is valid.",
            next_step="Bring parameters.json, or write ParametersValidTo into {sidecar} beside it, as the console shows it.",
            where=handout.source,
            sidecar=SIDECAR_FILE,
        )
    try:
        until = from_provider(handout.valid_to)
    except ValueError as error:
        raise BadInput(
            "recipient-validity-malformed",
            "The end of validity (ParametersValidTo) of {where} cannot be read as a time.",
            next_step="Bring the provider's answer unchanged; a time is written as 2026-11-25T10:00:00+00:00 or in seconds since 1970.",
            where=handout.source,
        ) from error
    until = until.replace(microsecond=0)
    if until <= now:
        raise BadInput(
            "recipient-expired",
            "{where} expired at {until}; it is now {now}.",
            next_step="Have new import parameters fetched. If they are not older than a day, compare the clock in the room.",
            where=handout.source,
            until=utc_text(until),
            now=utc_text(now),
        )
    if until - now > VALIDITY + CLOCK_TOLERANCE:
        raise BadInput(
            "recipient-validity-long",
            "{where} says it is valid until {until}, more than 24 hours from now ({now}); AWS KMS gives 24 hours.",
            next_step="Compare the clock in the room with two others. If it is right, this file is not from AWS KMS: do not use it.",
            where=handout.source,
            until=utc_text(until),
            now=utc_text(now),
        )
    return until
