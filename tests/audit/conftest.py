"""One closed folder for the whole session, and audits that do not verify the same signature twice."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path

import pytest

from ceremony_app.audit import addendum, content, signature
from ceremony_app.record.cms import verify_detached
from tests.audit.closed import Closed


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    """Never changed: tests that damage something take a copy."""
    return Closed(tmp_path_factory.mktemp("evidence"))


@pytest.fixture
def copy(closed: Closed, tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    return Path(shutil.copytree(closed.path, tmp_path / closed.path.name))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer for the same bytes: a signature that held once is not computed again. Refusals are not kept."""
    kept = lru_cache(maxsize=64)(verify_detached)
    for module in (addendum, content, signature):
        monkeypatch.setattr(module, "verify_detached", kept)
