"""The online kit: scripts that a shell and an old Python read, a calendar that calendars read."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.rotation import rotation_calendar
from ceremony_app.keys import Algorithm
from ceremony_app.plan.model import Destination
from tests.clouds.handouts import ARN, order

FILES = cloud(Destination.AWS).package(order(Algorithm.AES_256))
OLDEST_PYTHON = (3, 8)


@pytest.mark.parametrize("name", ["online/receipt.py", "online/envelope.py"])
def test_scripts_are_read_by_the_oldest_python_they_name(name: str) -> None:
    ast.parse(FILES[name], feature_version=OLDEST_PYTHON)


def test_the_alarm_script_is_shell_and_asks_for_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "alarms.sh").write_bytes(FILES["online/alarms.sh"])
    subprocess.run(["sh", "-n", "alarms.sh"], cwd=tmp_path, check=True)
    asked = subprocess.run(["sh", "alarms.sh"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "LOG_GROUP SNS_TOPIC_ARN" in asked.stderr


def test_alarms_watch_this_key_in_its_region() -> None:
    text = FILES["online/alarms.sh"].decode()
    assert text.count("--region eu-west-1") == text.count("    aws ") + text.count("\naws ")
    assert "key='1234abcd-12ab-34cd-56ef-1234567890ab'" in text
    for event in ("PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion", "ImportKeyMaterial", "DeleteImportedKeyMaterial", "CreateGrant"):
        assert event in text


def test_the_calendar_follows_its_standard() -> None:
    data = rotation_calendar("20261124-K7QM2XWA", "payments-kek", ARN, "2026-11-24T15:00:00Z", 365)
    assert data == FILES["online/rotation.ics"]
    lines = data.decode("ascii").split("\r\n")
    assert lines[-1] == ""
    assert all(len(line) <= 75 for line in lines)
    whole = data.decode("ascii").replace("\r\n ", "").split("\r\n")
    assert whole[0] == "BEGIN:VCALENDAR"
    assert "DTSTART;VALUE=DATE:20271124" in whole
    assert "TRIGGER:-P60D" in whole
    assert f"UID:20261124-K7QM2XWA-payments-kek@{ARN}" in whole
    opened = [line.removeprefix("BEGIN:") for line in whole if line.startswith("BEGIN:")]
    assert opened == [line.removeprefix("END:") for line in reversed(whole) if line.startswith("END:")]


def test_the_guide_says_when_and_for_what() -> None:
    text = FILES["online/README.md"].decode()
    assert "2027-11-24" in text
    assert "**encrypt** in production" in text
    assert "rotate-key-on-demand" in text
    other = cloud(Destination.AWS).package(order(Algorithm.RSA_3072))["online/README.md"].decode()
    assert "can never be changed" in other
    assert "envelope" not in other
