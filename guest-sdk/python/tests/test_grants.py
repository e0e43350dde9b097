"""The fake host decides as the host does: the table of cases that both are tested by."""

import json
import pathlib

import pytest

from roundsman_sdk import Denied, HostError, commands, files
from roundsman_sdk.fake import FakeHost

TABLE = json.loads((pathlib.Path(__file__).parents[2] / "grants.json").read_text())


def granted(grant: dict) -> FakeHost:
    host = FakeHost().grant_files(*grant.get("files", [])).grant_unsafe_files(*grant.get("unsafe_files", []))
    host.grant_metadata(*grant.get("metadata", []))
    # Commands that none of them allows are denied, whatever was set up.
    host.grant_command(["/no/such/command"])
    for command in grant.get("commands", []):
        takes_input = command.get("stdin") == "component"
        if "argv" in command:
            host.grant_command(command["argv"], takes_input=takes_input)
        else:
            host.grant_command(command["argv_pattern"], pattern=True, takes_input=takes_input)
    return host


def allows(host: FakeHost, ask: str, target: str | list[str]) -> bool:
    try:
        with host:
            match ask:
                case "read":
                    host.file(target, "")
                    files.read(target)
                case "read_glob":
                    files.read_glob(target)
                case "stat":
                    files.stat(target)
                case "stat_glob":
                    files.stat_glob(target)
                case "run":
                    commands.complete(target)
                case "run_with_input":
                    commands.complete(target, given=b"")
    except Denied:
        return False
    except HostError:
        # It is granted, and the test set up no such program.
        return True
    return True


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["why"])
def test_what_is_asked_for_is_decided_as_by_the_host(case: dict) -> None:
    for ask in ("read", "read_glob", "stat", "stat_glob", "run", "run_with_input"):
        for decision, targets in case.get(ask, {}).items():
            for target in targets:
                assert allows(granted(case["grant"]), ask, target) == (decision == "allowed"), f"{ask} {target!r}"
    for found in case.get("found", []):
        with granted(case["grant"]).file(found["path"], "text"):
            there = {it.path: it for it in files.read_glob(found["pattern"])}.get(found["path"])
        was = "absent" if there is None else "denied" if isinstance(there.content, Denied) else "read"
        assert was == found["as"], found


def test_a_grant_that_an_operator_cannot_write_is_refused() -> None:
    for pattern in TABLE["refused"]["files"]:
        with pytest.raises(ValueError):
            FakeHost().grant_files(pattern)
    for form in ("argv", "argv_pattern"):
        for argv in TABLE["refused"][form]:
            with pytest.raises(ValueError):
                FakeHost().grant_command(argv, pattern=form == "argv_pattern")


def test_what_a_test_sets_up_is_granted_by_itself() -> None:
    with FakeHost() as host:
        host.file("/etc/shadow", "x").command(["/bin/x", "*"], "y")
        assert (files.read_text("/etc/shadow"), commands.run(["/bin/x", "*"], given=b"")) == ("x", "y")
        for path in ("/etc/gshadow", "/etc//shadow"):
            with pytest.raises(Denied):
                files.read(path)
        assert [found.path for found in files.read_glob("/etc/*")] == ["/etc/shadow"]
        with pytest.raises(Denied):
            files.read_glob("etc/*")


def test_a_program_may_be_named_by_its_file_name() -> None:
    with FakeHost() as host:
        host.command(["/usr/bin/df", "/"], "y").grant_command(["/usr/bin/df", "*"], pattern=True)
        assert commands.run(["df", "/"]) == "y"
    with FakeHost() as host:
        host.command(["df"], "z")
        assert commands.run(["df"]) == "z"
