"""Import parameters of AWS KMS in every form people bring them, and every way in which they can be wrong."""

from __future__ import annotations

import base64
import datetime
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import Recipient
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.keys import Algorithm, WrapScheme
from ceremony_app.plan.model import Destination, Export, KeySpec
from tests.clouds.handouts import ARN, NOW, OTHER_ARN, TOKEN, UNTIL, export, key_spec, parameters, private_key, put, spki

AWS = cloud(Destination.AWS)
ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
HOUR = datetime.timedelta(hours=1)


def read(
    directory: Path, key: KeySpec | None = None, where: Export | None = None, *, rehearsal: bool = False, now: datetime.datetime = NOW
) -> Recipient:
    return AWS.recipient(directory, where or export(), key or key_spec(), now, rehearsal=rehearsal)


def code(directory: Path, **arguments: Any) -> str:
    with pytest.raises(BadInput) as caught:
        read(directory, **arguments)
    assert str(caught.value.next_step)
    return caught.value.code


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in members.items():
            zipped.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


README = b"Import parameters\nKey ID: %s\nWrapping algorithm: RSAES_OAEP_SHA_256\nValid until 2026-11-25T13:31:05+00:00\n" % ARN.encode()


def test_the_answer_of_cli_v2(tmp_path: Path) -> None:
    recipient = read(put(tmp_path, parameters()))
    assert recipient == Recipient(
        spki=spki(private_key()),
        spki_sha256=hashlib.sha256(spki(private_key())).hexdigest(),
        bits=2048,
        exponent=65537,
        scheme=WrapScheme.OAEP_SHA256,
        valid_until="2026-11-25T13:31:05Z",
        import_token=TOKEN,
        token_sha256=hashlib.sha256(TOKEN).hexdigest(),
        resource=ARN,
        practice=False,
    )


def test_the_answer_of_cli_v1_counts_seconds(tmp_path: Path) -> None:
    assert read(put(tmp_path, parameters(ParametersValidTo=UNTIL.timestamp() + 0.75))).valid_until == "2026-11-25T13:31:05Z"
    assert read(put(tmp_path, parameters(ParametersValidTo=int(UNTIL.timestamp())))).valid_until == "2026-11-25T13:31:05Z"


def test_a_time_in_another_zone_is_the_same_time(tmp_path: Path) -> None:
    assert read(put(tmp_path, parameters(ParametersValidTo="2026-11-25T22:31:05.5+09:00"))).valid_until == "2026-11-25T13:31:05Z"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_and_wrapped_base64_do_not_matter(tmp_path: Path, encoding: str) -> None:
    wrapped = base64.encodebytes(TOKEN).decode().replace("\n", "\r\n")
    (tmp_path / "parameters.json").write_bytes(json.dumps(parameters(ImportToken=wrapped)).encode(encoding))
    assert read(tmp_path).import_token == TOKEN


def test_the_console_archive(tmp_path: Path) -> None:
    data = archive(WrappingPublicKey__bin=spki(private_key()), ImportToken__bin=TOKEN, README__txt=README)
    (tmp_path / f"Import_Parameters_{ID}_11241431.zip").write_bytes(data)
    recipient = read(tmp_path)
    assert (recipient.import_token, recipient.scheme) == (TOKEN, WrapScheme.OAEP_SHA256)
    assert recipient.valid_until == "2026-11-25T13:31:05Z"


def test_an_archive_whose_readme_says_nothing_needs_the_sidecar(tmp_path: Path) -> None:
    data = archive(WrappingPublicKey__bin=spki(private_key()), ImportToken__bin=TOKEN, README__txt=b"Hello")
    (tmp_path / "Import_Parameters_x.zip").write_bytes(data)
    assert code(tmp_path) == "recipient-key-id-unknown"
    sidecar = {"WrappingAlgorithm": "RSAES_OAEP_SHA_1", "KeyId": ARN}
    (tmp_path / "wrapping.json").write_text(json.dumps(sidecar))
    assert code(tmp_path) == "recipient-validity-unknown"
    (tmp_path / "wrapping.json").write_text(json.dumps(sidecar | {"ParametersValidTo": "2026-11-25T13:31:05Z"}))
    assert read(tmp_path).scheme is WrapScheme.OAEP_SHA1


@pytest.mark.parametrize("names", [("WrappingPublicKey.bin", "ImportToken.bin"), (f"wrappingKey_{ID}_1124", f"importToken_{ID}_1124")])
@pytest.mark.parametrize("as_text", [False, True])
def test_loose_files_also_as_base64_text(tmp_path: Path, names: tuple[str, str], as_text: bool) -> None:
    for name, data in zip(names, (spki(private_key()), TOKEN), strict=True):
        (tmp_path / name).write_bytes(base64.encodebytes(data) if as_text else data)
    (tmp_path / f"README_{ID}.txt").write_bytes(README)
    assert (read(tmp_path).spki, read(tmp_path).import_token) == (spki(private_key()), TOKEN)


def test_half_a_pair_is_refused(tmp_path: Path) -> None:
    (tmp_path / "WrappingPublicKey.bin").write_bytes(spki(private_key()))
    assert code(tmp_path) == "recipient-part-missing"


def test_nothing_and_too_much_are_refused(tmp_path: Path) -> None:
    assert code(tmp_path) == "recipient-missing"
    assert code(tmp_path / "nowhere") == "recipient-missing"
    put(tmp_path, parameters())
    (tmp_path / "Import_Parameters_old.zip").write_bytes(archive(WrappingPublicKey__bin=b"x"))
    assert code(tmp_path) == "recipient-ambiguous"


def test_damaged_and_hostile_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "Import_Parameters_x.zip"
    good = archive(WrappingPublicKey__bin=spki(private_key()), ImportToken__bin=TOKEN, README__txt=README)
    path.write_bytes(good[:-30])
    assert code(tmp_path) == "zip-unusable"
    path.write_bytes(archive(WrappingPublicKey__bin=spki(private_key()), ImportToken__bin=bytes(50_000_000)))
    assert code(tmp_path) == "file-too-large"
    lying = bytearray(archive(ImportToken__bin=bytes(50_000_000)))
    entry = lying.rindex(b"PK\x01\x02")
    lying[entry + 24 : entry + 28] = struct.pack("<I", 100)  # the directory says 100 bytes
    path.write_bytes(bytes(lying))
    assert code(tmp_path) in ("zip-unusable", "file-too-large")
    path.write_bytes(archive(**{f"file{number}": b"" for number in range(40)}))
    assert code(tmp_path) == "zip-unusable"
    path.write_bytes(bytes(300_000))
    assert code(tmp_path) == "file-too-large"
    encrypted = bytearray(good)
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(encrypted))
    assert code(tmp_path) == "zip-unusable"


def test_folders_and_links_to_devices_are_not_files(tmp_path: Path) -> None:
    (tmp_path / "parameters.json").symlink_to("/dev/zero")
    assert code(tmp_path) == "file-unreadable"
    (tmp_path / "parameters.json").unlink()
    (tmp_path / "parameters.json").mkdir()
    assert code(tmp_path) == "file-unreadable"


@pytest.mark.parametrize("length", [0, 1, 30, 900])
def test_cut_short_json(tmp_path: Path, length: int) -> None:
    (tmp_path / "parameters.json").write_text(json.dumps(parameters())[:length])
    assert code(tmp_path) == "recipient-truncated"


@pytest.mark.parametrize("text", ["[" * 60_000 + "]" * 5, '{"ParametersValidTo": ' + "9" * 60_000 + "}"])
def test_json_that_is_meant_to_hurt(tmp_path: Path, text: str) -> None:
    (tmp_path / "parameters.json").write_text(text)
    assert code(tmp_path) in ("recipient-not-json", "recipient-field", "file-too-large")
    (tmp_path / "parameters.json").unlink()
    put(tmp_path, parameters())
    (tmp_path / "wrapping.json").write_text(text)
    assert code(tmp_path) in ("recipient-not-json", "recipient-sidecar", "file-too-large")


@pytest.mark.parametrize("text", ["An error occurred (NotFoundException)", "[1]", '"text"', '{"KeyId": }', b"\xff\xfa{}"])
def test_what_is_not_the_answer(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "parameters.json").write_bytes(text.encode() if isinstance(text, str) else text)
    assert code(tmp_path) == "recipient-not-json"


@pytest.mark.parametrize("name", ["KeyId", "ImportToken", "PublicKey", "ParametersValidTo"])
def test_a_missing_or_wrong_field_is_named(tmp_path: Path, name: str) -> None:
    for value in (None, True, [1]):
        changed: dict[str, Any] = {name: value}
        with pytest.raises(BadInput, match=name) as caught:
            read(put(tmp_path, parameters(**changed)))
        assert caught.value.code == "recipient-field"


@pytest.mark.parametrize("name", ["ImportToken", "PublicKey"])
def test_base64_that_is_none_is_named(tmp_path: Path, name: str) -> None:
    changed: dict[str, Any] = {name: "a!b="}
    with pytest.raises(BadInput, match=name):
        read(put(tmp_path, parameters(**changed)))


def test_a_truncated_key_in_whole_json(tmp_path: Path) -> None:
    short = base64.b64encode(spki(private_key())[:-7]).decode()
    assert code(put(tmp_path, parameters(PublicKey=short))) == "recipient-truncated"


def test_pem_and_private_keys_in_the_field(tmp_path: Path) -> None:
    pem = private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert code(put(tmp_path, parameters(PublicKey=pem.decode()))) == "recipient-pem"
    assert code(put(tmp_path, parameters(PublicKey=base64.b64encode(pem).decode()))) == "recipient-pem"
    private = private_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert code(put(tmp_path, parameters(PublicKey=base64.b64encode(private).decode()))) == "recipient-private-key"


def test_sizes_aws_does_not_have(tmp_path: Path) -> None:
    assert code(put(tmp_path, parameters(2056))) == "recipient-key-size"
    assert code(put(tmp_path, parameters(1024))) == "recipient-key-short"


def test_practice_recipients_only_in_rehearsals(tmp_path: Path) -> None:
    put(tmp_path, parameters(exponent=3))
    assert code(tmp_path) == "recipient-practice"
    assert read(tmp_path, rehearsal=True).practice
    assert not read(put(tmp_path, parameters()), rehearsal=True).practice


@pytest.mark.parametrize(
    ("key_id", "resource", "expected"),
    [
        (OTHER_ARN, ARN, "recipient-other-resource"),
        (ARN.replace("eu-west-1", "eu-west-2"), ARN, "recipient-other-resource"),
        (ARN.replace("111122223333", "111122223334"), ARN, "recipient-other-resource"),
        (OTHER_ARN, ID, "recipient-other-resource"),
        ("alias/payments", ARN, "recipient-alias"),
        ("arn:aws:kms:eu-west-1:111122223333:alias/payments", ARN, "recipient-alias"),
        ("", ARN, "recipient-key-id-unknown"),
    ],
)
def test_parameters_of_another_key(tmp_path: Path, key_id: str, resource: str, expected: str) -> None:
    assert code(put(tmp_path, parameters(KeyId=key_id)), where=export(resource=resource)) == expected


def test_arn_and_id_of_one_key_agree(tmp_path: Path) -> None:
    assert read(put(tmp_path, parameters()), where=export(resource=ID)).resource == ID
    assert read(put(tmp_path, parameters(KeyId=ID))).resource == ARN


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-11-24T14:31:05Z", "recipient-expired"),
        ("2026-11-24T09:00:00+00:00", "recipient-expired"),
        (NOW.timestamp() - 1, "recipient-expired"),
        ("2026-11-25T14:50:00Z", "recipient-validity-long"),
        ("2036-11-25T14:50:00Z", "recipient-validity-long"),
        (NOW.timestamp() * 1000, "recipient-validity-malformed"),
        (-1, "recipient-validity-malformed"),
        ("tomorrow", "recipient-validity-malformed"),
        ("2026-11-25T10:00:00", "recipient-validity-malformed"),
        ("0001-01-01T00:00:00+23:00", "recipient-validity-malformed"),
        ("", "recipient-validity-malformed"),
    ],
)
def test_times_that_do_not_hold(tmp_path: Path, until: str | float, expected: str) -> None:
    assert code(put(tmp_path, parameters(ParametersValidTo=until))) == expected


def test_the_given_time_counts_not_the_machine_clock(tmp_path: Path) -> None:
    put(tmp_path, parameters())
    recipient = read(tmp_path, now=NOW)
    AWS.verify_valid(recipient, UNTIL - HOUR)
    with pytest.raises(DoesNotHold) as caught:
        AWS.verify_valid(recipient, UNTIL)
    assert caught.value.code == "recipient-expired-meanwhile"
    assert code(tmp_path, now=NOW + 24 * HOUR) == "recipient-expired"


def test_tokens_that_cannot_be(tmp_path: Path) -> None:
    assert code(put(tmp_path, parameters(ImportToken=""))) == "recipient-token-empty"
    assert code(put(tmp_path, parameters(ImportToken=base64.b64encode(bytes(6145)).decode()))) == "recipient-token-large"
    assert len(read(put(tmp_path, parameters(ImportToken=base64.b64encode(bytes(6144)).decode()))).import_token) == 6144


DIRECT = {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}
HYBRID = {"RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"}


@pytest.mark.parametrize(
    ("algorithm", "allowed"),
    [
        (Algorithm.AES_256, DIRECT),
        (Algorithm.HMAC_512, DIRECT),
        (Algorithm.RSA_3072, HYBRID),
        (Algorithm.EC_P256, DIRECT | HYBRID),
        (Algorithm.EC_P384, DIRECT | HYBRID),
        (Algorithm.EC_P521, HYBRID),  # under 2048 bits
        (Algorithm.EC_SECP256K1, DIRECT | HYBRID),
    ],
)
def test_the_table_decides_which_wrapping_fits(tmp_path: Path, algorithm: Algorithm, allowed: set[str]) -> None:
    for name in DIRECT | HYBRID:
        put(tmp_path, parameters(), name)
        if name in allowed:
            assert read(tmp_path, key_spec(algorithm)).scheme is WrapScheme(name)
        else:
            assert code(tmp_path, key=key_spec(algorithm)) in ("recipient-scheme-unfit", "recipient-key-too-small")


def test_p521_goes_under_a_larger_key(tmp_path: Path) -> None:
    put(tmp_path, parameters(3072), "RSAES_OAEP_SHA_256")
    assert read(tmp_path, key_spec(Algorithm.EC_P521)).scheme is WrapScheme.OAEP_SHA256


def test_without_a_sidecar_the_algorithm_that_was_asked_for_stands(tmp_path: Path) -> None:
    put(tmp_path, parameters())
    assert read(tmp_path, key_spec(Algorithm.EC_P256)).scheme is WrapScheme.HYBRID_SHA256
    in_token = Export(key="payments-kek", destination=Destination.AWS, resource=ARN, prefer="in-token")
    assert read(tmp_path, key_spec(Algorithm.EC_P256), in_token).scheme is WrapScheme.HYBRID_SHA1


@pytest.mark.parametrize("algorithm", ["RSAES_PKCS1_V1_5", "SM2PKE", "rsaes_oaep_sha_256"])
def test_unknown_wrapping_algorithms(tmp_path: Path, algorithm: str) -> None:
    assert code(put(tmp_path, parameters(), algorithm)) == "recipient-scheme-unknown"


def test_sidecars_that_do_not_hold(tmp_path: Path) -> None:
    put(tmp_path, parameters())
    (tmp_path / "wrapping.json").write_text('{"WrappingAlgoritm": "RSAES_OAEP_SHA_256"}')
    assert code(tmp_path) == "recipient-sidecar"
    (tmp_path / "wrapping.json").write_text("{")
    assert code(tmp_path) == "recipient-truncated"
    (tmp_path / "wrapping.json").write_text(json.dumps({"KeyId": OTHER_ARN}))
    assert code(tmp_path) == "recipient-field"


@pytest.mark.parametrize("algorithm", [Algorithm.AES_128, Algorithm.ED25519])
def test_what_aws_does_not_import_names_the_nearest(tmp_path: Path, algorithm: Algorithm) -> None:
    with pytest.raises(BadInput, match="instead") as caught:
        read(put(tmp_path, parameters()), key_spec(algorithm))
    assert caught.value.code == "not-importable"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_any_change_of_the_file_is_one_clear_refusal_or_a_recipient(tmp_path: Path, data: st.DataObject) -> None:
    text = bytearray(json.dumps(parameters()).encode())
    mutate: list[Callable[[], None]] = [
        lambda: text.__setitem__(data.draw(st.integers(0, len(text) - 1)), data.draw(st.integers(0, 255))),
        lambda: text.__delitem__(slice(data.draw(st.integers(0, len(text) - 1)), None)),
        lambda: text.extend(data.draw(st.binary(max_size=20))),
    ]
    data.draw(st.sampled_from(mutate))()
    (tmp_path / "parameters.json").write_bytes(bytes(text))
    try:
        assert read(tmp_path).resource == ARN
    except BadInput as error:
        assert error.code.startswith(("recipient-", "file-"))


def test_nothing_a_terminal_would_obey_comes_back_from_a_file(tmp_path: Path) -> None:
    hostile = "\x1b]0;gotcha\x07\u202e" + "x" * 10_000
    for answer, sidecar in (
        (parameters(KeyId=hostile), {}),
        (parameters(), {"WrappingAlgorithm": hostile}),
        (parameters(), {hostile: "x"}),
        (parameters(), {"KeyId": hostile}),
    ):
        put(tmp_path, answer)
        (tmp_path / "wrapping.json").write_text(json.dumps(sidecar))
        with pytest.raises(BadInput) as caught:
            read(tmp_path)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 1000
