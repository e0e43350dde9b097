"""The scenes of the Rust check, and what is expected of them there."""

import pathlib

import pytest
from roundsman_sdk import CheckError, Outcome, Status
from roundsman_sdk.fake import FakeHost

from app import BLOCK, MDSTAT, run

SCENES = pathlib.Path(__file__).parents[3] / "checks/mdraid/tests"


def recorded(scene: str) -> FakeHost:
    """A host as it was recorded with mdadm 4.2 on Linux 6.1: a raid1 (`md0`) and a raid5 with a spare (`md127`, named `data`)."""
    host = FakeHost().files_below(BLOCK, (SCENES / f"{scene}.sys").read_text())
    host.file(MDSTAT, (SCENES / f"{scene}.mdstat").read_text())
    # As udev keeps them; a name that is a number alone is none.
    host.file("/run/udev/data/b9:127", "S:disk/by-id/md-name-any:data\nS:md/data\nI:112\nE:MD_LEVEL=raid5\n")
    return host.file("/run/udev/data/b9:0", "S:md/0\nI:113\n")


def judged(outcome: Outcome, name: str) -> tuple[Status, str]:
    return next((it.status, it.text) for it in outcome.subchecks if it.labels["array"] == name)


def value(outcome: Outcome, name: str, array: str) -> float | None:
    found = (it.value for it in outcome.metrics if it.name == name and it.labels["array"] == array)
    return next(found, None)


def test_arrays_in_order_are_told_by_the_names_that_they_were_given() -> None:
    with recorded("clean"):
        outcome = run()
    assert (outcome.status, outcome.summary) == (Status.OK, "2 arrays")
    assert judged(outcome, "md0") == (Status.OK, "raid1 of 2 disks, clean")
    assert judged(outcome, "data") == (Status.OK, "raid5 of 3 disks, clean, 1 spare")
    assert [value(outcome, name, "data") for name in ("spares", "degraded")] == [1, 0]
    assert value(outcome, "sync_percent", "md0") is None


def test_a_disk_that_failed_makes_its_array_critical() -> None:
    with recorded("failed"):
        outcome, ignored = run(), run(ignore=["md0"])
    assert judged(outcome, "md0") == (Status.CRITICAL, "raid1 of 2 disks, clean, 1 missing, faulty: vdb")
    assert judged(outcome, "data")[0] == Status.OK
    assert [value(outcome, name, "md0") for name in ("degraded", "faulty")] == [1, 1]
    assert judged(ignored, "md0")[0] == Status.OK


def test_an_array_that_is_mended_is_a_warning_with_its_progress() -> None:
    with recorded("rebuilding"):
        status, text = judged(run(), "md0")
    assert status == Status.WARNING
    assert text.startswith("raid1 of 2 disks, clean, 1 missing, 1 spare, recover ")
    with recorded("spare-rebuilding"):
        outcome = run()
    status, text = judged(outcome, "data")
    assert (status, text[-2:]) == (Status.WARNING, " %")
    assert "1 missing, faulty: loop1, 1 spare, recover " in text
    assert (value(outcome, "sync_percent", "data") or 100) < 10


def test_a_failed_disk_whose_place_was_taken_is_a_warning() -> None:
    with recorded("spare-rebuilding") as host:
        for file, text in [("degraded", "0"), ("sync_action", "idle"), ("sync_completed", "none")]:
            host.file(f"{BLOCK}/md127/md/{file}", f"{text}\n")
        host.file(f"{BLOCK}/md127/md/dev-loop3/state", "in_sync\n")
        assert judged(run(), "data") == (Status.WARNING, "raid5 of 3 disks, clean, faulty: loop1")


def test_an_array_that_was_assembled_of_too_few_disks_is_critical() -> None:
    with recorded("inactive"):
        outcome = run()
    assert judged(outcome, "md126") == (Status.CRITICAL, "inactive, with 1 disk, 1 spare")
    # `md127` is a device that is left of an array.
    assert len(outcome.subchecks) == 2


def test_a_container_of_firmware_is_no_array_and_is_inactive_always() -> None:
    container = {
        "array_state": "inactive",
        "metadata_version": "external:imsm",
        "raid_disks": "0",
        "level": "container",
    }
    with recorded("clean") as host:
        for file, text in container.items():
            host.file(f"{BLOCK}/md126/md/{file}", f"{text}\n")
        assert judged(run(), "md126") == (Status.OK, "a container of arrays")


def test_what_is_expected_must_be_there() -> None:
    with recorded("clean"):
        outcome = run(expected=["md0", "data", "home"])
    assert judged(outcome, "home") == (Status.CRITICAL, "there is no such array")
    with FakeHost() as none:
        none.file(MDSTAT, "Personalities : \nunused devices: <none>\n")
        assert run().summary == "no arrays"
        # Without the module there is no such file.
        none.remove(MDSTAT).grant_files(MDSTAT, f"{BLOCK}/md*/md/*", f"{BLOCK}/md*/md/*/*")
        assert judged(run(expected=["md0"]), "md0")[0] == Status.CRITICAL


def test_an_array_that_mdstat_lists_and_sysfs_does_not_is_unknown() -> None:
    with FakeHost() as host:
        host.file(MDSTAT, (SCENES / "clean.mdstat").read_text())
        outcome = run()
        assert (len(outcome.subchecks), judged(outcome, "md127")[0]) == (2, Status.UNKNOWN)
        host.file(MDSTAT, "something else\n")
        with pytest.raises(CheckError, match="/proc/mdstat: there is no line"):
            run()


def test_an_array_that_vanishes_is_none_and_an_odd_file_hides_no_other() -> None:
    with recorded("clean") as host:
        host.file(f"{BLOCK}/md0/md/degraded", "many\n")
        outcome = run()
        status, text = judged(outcome, "md0")
        assert (status, text) == (Status.UNKNOWN, '/sys/block/md0/md/degraded: "many" is not a whole number')
        assert judged(outcome, "data")[0] == Status.OK
        host.file(MDSTAT, "Personalities : \n").remove(f"{BLOCK}/md0/md/array_state")
        assert len(run().subchecks) == 1
