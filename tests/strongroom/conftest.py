"""Real strongroom processes on fresh SoftHSM storage below the test's own directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.strongroom.starter import Starter


@pytest.fixture
def strongroom(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    for started in starter.running:
        if started.alive:
            started.close()
