"""One closed folder for the whole session, and audits that do not verify the same signature twice."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path

import pytest

from ceremony_app.audit import addendum, content, signature
from ceremony_app.audit import folder as audit_folder_module
from ceremony_app.engine import run
from ceremony_app.record.cms import verify_detached
from ceremony_app.record.state import State
from tests.audit.closed import Closed


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    """Never changed: tests that damage something take a copy."""
    return Closed(tmp_path_factory.mktemp("evidence"))


@pytest.fixture
def copy(closed: Closed, tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    return Path(shutil.copytree(closed.path, tmp_path / closed.path.name))


@pytest.fixture(autouse=True)
def run_not_replayed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders here are made of facts, not by a ceremony: their course is not legal, and RUN-1 would fail in every test. It is left
    out, save where a test asks for `replayed`; legal and illegal runs of real ceremonies have tests of their own."""
    if "replayed" not in request.fixturenames:
        monkeypatch.setattr(run, "verify_run", lambda entries, plan: State())
        monkeypatch.setattr(audit_folder_module, "parse_plan", lambda data: None)


@pytest.fixture
def replayed() -> None:
    """The test wants RUN-1 as it is."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer for the same bytes: a signature that held once is not computed again. Refusals are not kept."""
    kept = lru_cache(maxsize=64)(verify_detached)
    for module in (addendum, content, signature):
        monkeypatch.setattr(module, "verify_detached", kept)
