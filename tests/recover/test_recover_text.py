"""RECOVER.md as a stranger follows it: its `sh` blocks run as they stand, on backup files that a token made, without the product."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pty
import re
import stat
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from bip39_slip39.slip39 import master_secret_from_mnemonics
from embit.slip39 import Share as EmbitShare
from embit.slip39 import ShareSet as EmbitShareSet
from shamir_mnemonic import combine_mnemonics

from tests.recover.recipe import FOLDER, cards_of
from tests.strongroom.ceremony import Ceremony, Saved, make_ceremony

BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (FOLDER / "RECOVER.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
FIRST_WAY, REFERENCE, SECOND_WAY = BLOCKS[0], BLOCKS[1], "\n".join(BLOCKS[2:])


@pytest.fixture(scope="module")
def ceremony(tmp_path_factory: pytest.TempPathFactory) -> Ceremony:
    return make_ceremony(tmp_path_factory.mktemp("recover"))


def lay_out(directory: Path, ceremony: Ceremony, cards: tuple[int, ...] = (1, 3)) -> None:
    """What a stranger has: cards typed into files, backup files, and the recipe."""
    (directory / "recover.py").write_bytes((FOLDER / "recover.py").read_bytes())
    for number in cards:
        (directory / f"card-{number}.txt").write_text(ceremony.cards[number - 1] + "\n")
    for saved in ceremony.keys:
        (directory / f"{saved.made.label}.json").write_bytes(saved.content)


def run(directory: Path, script: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "LC_ALL": "C", **settings}
    return subprocess.run(["sh", "-eu"], cwd=directory, env=environment, input=script, capture_output=True, text=True, check=False)


def recover_py(directory: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """`recover.py` with no packages in sight (-S) and none of the environment (-E)."""
    command = [sys.executable, "-S", "-E", "recover.py", *arguments]
    return subprocess.run(command, cwd=directory, input=typed, capture_output=True, text=True, check=False)


def two_of_three(script: str) -> str:
    """The example of the text with three cards, for a set that needs two."""
    return re.sub(r"\s(?:--card )?card-4\.txt", "", script)


def verify_key(content: bytes, saved: Saved) -> None:
    """The recovered bytes are the key: its public key or check value, by openssl."""
    if saved.made.spki:
        command = ["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"]
        assert subprocess.run(command, input=content, capture_output=True, check=True).stdout == saved.made.spki
    else:
        assert len(content) == saved.made.algorithm.bits // 8


def test_the_text_has_the_blocks_that_are_run_here() -> None:
    assert len(BLOCKS) == 7
    assert "recover.py" in FIRST_WAY
    assert "shamir_mnemonic" in REFERENCE
    assert "--card card-4.txt" in FIRST_WAY
    assert " card-4.txt" in REFERENCE


def test_the_first_way_proves_every_key(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    for saved in ceremony.keys:
        done = run(tmp_path, two_of_three(FIRST_WAY).replace("payments-kek.json", f"{saved.made.label}.json"))
        assert done.returncode == 0, done.stderr
        assert ceremony.known.check_value.upper() in done.stdout.splitlines()[0].replace(" ", "")
        assert (saved.made.spki_sha256 or saved.made.check_value) + ": equal" in done.stdout
    assert {file.suffix for file in tmp_path.iterdir()} == {".py", ".txt", ".json"}


def test_the_second_way_proves_every_key_with_openssl_alone(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    assert run(tmp_path, two_of_three(REFERENCE)).returncode == 0
    for saved in ceremony.keys:
        done = run(tmp_path, SECOND_WAY, BACKUP=f"{saved.made.label}.json")
        assert done.returncode == 0, done.stderr
        assert ("public key: equal" if saved.made.spki else "check value: equal") in done.stdout
        assert "backup file: MAC equal" in done.stdout
        assert f"check value of the card set: {ceremony.known.check_value}" in done.stdout.lower()
        verify_key((tmp_path / "key.bin").read_bytes(), saved)
        assert stat.S_IMODE((tmp_path / "key.bin").stat().st_mode) & 0o077 == 0


def test_foreign_readers_lead_to_the_same_key(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    readers = {
        "shamir-mnemonic": combine_mnemonics,
        "embit": lambda cards: EmbitShareSet([EmbitShare.parse(card) for card in cards]).recover(),
        "bip39-slip39": lambda cards: bytes(master_secret_from_mnemonics(cards)),
    }
    for (_, reader), chosen in zip(readers.items(), combinations(ceremony.cards, 2), strict=True):
        (tmp_path / "secret.hex").write_text(reader(list(chosen)).hex())
        done = run(tmp_path, SECOND_WAY, BACKUP="key-1.json")
        assert (done.returncode, "check value: equal" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("field", ["metadata", "blob", "mac", "method"])
def test_a_changed_backup_file_stops_both_ways(ceremony: Ceremony, tmp_path: Path, field: str) -> None:
    lay_out(tmp_path, ceremony)
    content = ceremony.keys[1].content.decode()
    start = content.index(f'"{field}": "') + len(field) + 5
    changed = content[:start] + ("B" if content[start] == "A" else "A" if field != "mac" else "0" if content[start] != "0" else "1")
    (tmp_path / "key-1.json").write_text(changed + content[start + 1 :])
    run(tmp_path, two_of_three(REFERENCE))
    done = run(tmp_path, SECOND_WAY, BACKUP="key-1.json")
    assert done.returncode != 0
    assert "MAC DIFFERS: stop" in done.stdout
    assert not (tmp_path / "key.bin").exists()
    other = recover_py(tmp_path, "--card", "card-1.txt", "--card", "card-3.txt", "--backup", "key-1.json", "--out", "key")
    assert other.returncode in (1, 2)
    assert not (tmp_path / "key").exists()


def test_out_writes_the_key_for_its_owner_and_never_over_a_file(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony, (2, 3))
    for saved in ceremony.keys:
        label = saved.made.label
        arguments = ("--card", "card-3.txt", "--card", "card-2.txt", "--backup", f"{label}.json", "--out", f"{label}.key")
        done = recover_py(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        file = tmp_path / f"{label}.key"
        verify_key(file.read_bytes(), saved)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = recover_py(tmp_path, *arguments)
    assert again.returncode == 2
    assert "cannot be written" in again.stderr


def test_several_backup_files_are_proved_at_once(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    backups = [part for saved in ceremony.keys for part in ("--backup", f"{saved.made.label}.json")]
    done = recover_py(tmp_path, "--card", "card-1.txt", "--card", "card-3.txt", *backups)
    assert (done.returncode, done.stdout.count(": equal")) == (0, len(ceremony.keys))


def test_no_openssl_is_said_and_is_no_success(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    pair = next(saved for saved in ceremony.keys if saved.made.spki)
    command = [sys.executable, "-S", "recover.py", "--card", "card-1.txt", "--card", "card-3.txt", "--backup", f"{pair.made.label}.json"]
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert (done.returncode, "NOT COMPARED" in done.stdout) == (3, True)


@pytest.mark.parametrize("lie", ["spki", "check_value"])
def test_a_file_that_names_another_key_is_refused(ceremony: Ceremony, tmp_path: Path, lie: str) -> None:
    """The MAC is right, as a dishonest maker could have it, and the comparison still stops."""
    lay_out(tmp_path, ceremony)
    saved = next(saved for saved in ceremony.keys if bool(saved.made.spki) == (lie == "spki"))
    fields = json.loads(saved.content)
    about = json.loads(base64.b64decode(fields["metadata"]))
    about[lie] = base64.b64encode(ceremony.keys[-1].made.spki).decode() if lie == "spki" else "0000000000"
    metadata, blob = json.dumps(about, separators=(",", ":")).encode(), base64.b64decode(fields["blob"])
    script = (
        "import recover, sys, hashlib, hmac; secret = recover.combine([open(n).read() for n in sys.argv[1:3]]);"
        "print(hmac.new(recover.derive(secret, 'mac'), bytes.fromhex(sys.argv[3]), 'sha256').hexdigest())"
    )
    digests = b"key-ceremony/backup/1/A\n" + hashlib.sha256(metadata).digest() + hashlib.sha256(blob).digest()
    command = [sys.executable, "-c", script, "card-1.txt", "card-3.txt", digests.hex()]
    fields["mac"] = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()
    fields["metadata"] = base64.b64encode(metadata).decode()
    (tmp_path / "lie.json").write_text("{\n" + ",\n".join(f'"{name}": "{value}"' for name, value in fields.items()) + "\n}\n")
    done = recover_py(tmp_path, "--card", "card-1.txt", "--card", "card-3.txt", "--backup", "lie.json", "--out", "key")
    assert done.returncode == 1
    assert "differ" in done.stderr
    assert not (tmp_path / "key").exists()
    run(tmp_path, two_of_three(REFERENCE))
    other = run(tmp_path, SECOND_WAY, BACKUP="lie.json")
    assert other.returncode != 0
    assert "DIFFERS: stop" in other.stdout


def test_wrong_cards_and_arguments_are_one_line_each(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony, (1, 2, 3))
    (tmp_path / "wrong.txt").write_text(ceremony.cards[0].replace(ceremony.cards[0].split()[9], "zzzz", 1))
    (tmp_path / "long.txt").write_text("academic " * 20000)
    cases = {
        ("--card", "card-1.txt"): "needs exactly 2 cards, here are 1",
        ("--card", "card-1.txt", "--card", "card-1.txt"): "given twice",
        ("--card", "card-1.txt", "--card", "card-2.txt", "--card", "card-3.txt"): "needs exactly 2 cards, here are 3",
        ("--card", "wrong.txt", "--card", "card-2.txt"): "not in the word list",
        ("--card", "none.txt"): "cannot be read",
        ("--card", "long.txt"): "too long",
        ("--card", "card-1.txt", "--card", "card-2.txt", "--backup", "card-1.txt"): "not a backup file",
        ("--card", "card-1.txt", "--card", "card-2.txt", "--out", "key"): "--out needs exactly one --backup",
    }
    for arguments, why in cases.items():
        done = recover_py(tmp_path, *arguments)
        assert done.returncode == 2
        assert why in done.stderr
        assert "Traceback" not in done.stderr
        assert not set(done.stderr.split()) & (set(ceremony.cards[0].split()) - {"card", "that"})


def asked(directory: Path, answers: list[tuple[bytes, str]], *arguments: str) -> tuple[int, str]:
    """`recover.py` on a terminal of its own: waits for each prompt, types the answer; exit status and everything that was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(directory)
        os.execv(sys.executable, [sys.executable, "-S", "recover.py", *arguments])
    shown = b""
    for prompt, typed in answers:
        fresh = b""
        while prompt not in fresh or not fresh.rstrip().endswith(b"(not shown):"):
            fresh += os.read(terminal, 4096)
        os.write(terminal, typed.encode() + b"\n" if typed else b"\x04")
        shown += fresh + b"\n"
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        shown += part
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_cards_are_asked_for_on_a_terminal_without_echo(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    answers = [(b"Card 1, ", "no card at all"), (b"enter this card again", ceremony.cards[1]), (b"Card 2 of 2", ceremony.cards[0].upper())]
    status, text = asked(tmp_path, answers, "--backup", "key-1.json")
    assert status == 0
    assert f"check value {ceremony.keys[1].made.check_value}: equal" in text
    assert ceremony.cards[1].split()[5] + " " + ceremony.cards[1].split()[6] not in text
    assert ceremony.cards[0].upper() not in text


def test_a_card_that_does_not_fit_is_refused_when_it_is_entered(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    foreign = cards_of(bytes(32), 2, 3, identifier=(ceremony.known.identifier + 1) % 2**15)[0]
    answers = [
        (b"Card 1, ", ceremony.cards[1]),
        (b"Card 2 of 2", ceremony.cards[1]),
        (b"given twice; enter this card again", foreign),
        (b"not all of one set; enter this card again", ceremony.cards[2]),
    ]
    status, text = asked(tmp_path, answers)
    assert (status, "check value of the card set" in text) == (0, True)


def test_an_entry_that_ends_is_said_to_have_ended(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    status, text = asked(tmp_path, [(b"Card 1, ", ceremony.cards[1]), (b"Card 2 of 2", "")])
    assert (status, "Traceback" in text) == (2, False)
    assert "the entry ended before there were enough cards" in text


def test_without_a_terminal_nothing_is_asked(ceremony: Ceremony, tmp_path: Path) -> None:
    lay_out(tmp_path, ceremony)
    done = recover_py(tmp_path, typed=f"{ceremony.cards[0]}\n{ceremony.cards[1]}\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no terminal" in done.stderr


@pytest.mark.parametrize("added", ['"method": "B",\n', '"oaep_hash": "sha256",\n'])
def test_a_field_too_many_is_refused(ceremony: Ceremony, tmp_path: Path, added: str) -> None:
    lay_out(tmp_path, ceremony)
    content = ceremony.keys[0].content.decode()
    (tmp_path / "more.json").write_text(content.replace('"version"', added + '"version"', 1))
    done = recover_py(tmp_path, "--card", "card-1.txt", "--card", "card-3.txt", "--backup", "more.json", "--out", "key")
    assert done.returncode != 0
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("changed", [("version", "2"), ("method", "B")])
def test_openssl_alone_finds_a_changed_version_or_method(ceremony: Ceremony, tmp_path: Path, changed: tuple[str, str]) -> None:
    """Both stand under the MAC, so no reader can be led to another method."""
    lay_out(tmp_path, ceremony)
    fields = json.loads(ceremony.keys[0].content) | dict([changed])
    (tmp_path / "other.json").write_text("{\n" + ",\n".join(f'"{name}": "{value}"' for name, value in fields.items()) + "\n}\n")
    assert run(tmp_path, two_of_three(REFERENCE)).returncode == 0
    done = run(tmp_path, SECOND_WAY, BACKUP="other.json")
    assert done.returncode != 0
    assert "MAC DIFFERS: stop" in done.stdout
