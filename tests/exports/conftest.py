from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    """Files of a test are seen by no other."""
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return tmp_path
