"""The command line in this process: exit status, standard output and standard error of one command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ceremony_app.cli import main
from tests.audit.closed import Closed


class Ended(msgspec.Struct, frozen=True):
    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `ceremony` with arguments; a usage error is a status like any other."""

    def ceremony(*arguments: str | Path) -> Ended:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        told = capsys.readouterr()
        return Ended(status, told.out, told.err)

    return ceremony


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    """A closed folder made of facts; its course is not a legal one, so RUN-1 fails and everything else holds."""
    return Closed(tmp_path_factory.mktemp("evidence"))
