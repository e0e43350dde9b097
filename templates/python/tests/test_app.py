import pytest
from app import UPTIME, WHO, run

from roundsman_sdk import Denied
from roundsman_sdk.fake import FakeHost

LISTED = "root     pts/0   2026-05-01 10:00\nanna     tty1    2026-05-01 11:00\nroot     pts/1\n"


def test_sessions_are_counted_for_each_user() -> None:
    with FakeHost() as host:
        host.file(UPTIME, "350735.47 234388.90\n").command(WHO, LISTED)
        outcome = run()
        assert outcome.summary == "2 users are logged in"
        assert [metric.value for metric in outcome.metrics] == [2, 1, 350735.47]
        assert run(ignore=["root"]).summary == "1 users are logged in"


def test_without_the_grant_the_check_fails() -> None:
    with FakeHost(), pytest.raises(Denied):
        run()
