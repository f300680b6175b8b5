"""Generated calls against the description: the same sample of every operation each time, thousands by `make fuzz`."""

from __future__ import annotations

import os

import pytest

from sessions_app.models import User

from . import fuzz

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))  # of an operation; 0: the everyday sample


@pytest.mark.sqlite
@pytest.mark.timeout(7200)
@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous iterators:Warning")
def test_every_answer_is_as_it_is_described(alice: User, media: None) -> None:
    report = fuzz.run(
        alice,
        examples=EXAMPLES or 1,
        thorough=bool(EXAMPLES),
        seed=int(os.environ.get("FUZZ_SEED", "1")),
        only=os.environ.get("FUZZ_ONLY", ""),
    )
    print(report)
    assert report.found == [], str(report)
    assert report.called == report.operations
