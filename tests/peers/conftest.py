"""Foreign programs that tests talk to: the AWS KMS emulator, one for each test process, on a free port of the loopback interface."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ceremony_app.settings import practice_module
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import MakeScratchToken, Prepare

REGION = "eu-west-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}
START_SECONDS = 60.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the emulator did not start within {START_SECONDS} s: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running AWS KMS emulator (PyPI `ministack`); it ends with the test session."""
    home, port = tmp_path_factory.mktemp("emulator"), _free_port()
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "kms",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "MINISTACK_REGION": REGION,
        "HOME": str(home),
        "PATH": os.defpath,
    }
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "ministack"], cwd=home, env=settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def kms(emulator: str) -> Any:
    """A boto3 client of the emulator's KMS."""
    return boto3.client(
        "kms",
        endpoint_url=emulator,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=60),
    )


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strongroom]:
    """A strongroom with an open scratch token of SoftHSM and a practice directory."""
    home = tmp_path_factory.mktemp("token")
    (home / "practice").mkdir(mode=0o700)
    with Strongroom.start(practice_module()) as strongroom:
        strongroom.call(Prepare(storage=str(home / "storage"), practice=str(home / "practice")))
        strongroom.call(MakeScratchToken(label="REHEARSAL peers"))
        yield strongroom
