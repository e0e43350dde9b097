"""The SDK under plain pytest: no Wasm, no host."""

import dataclasses
import json

import pytest

from roundsman_sdk import (
    CheckError,
    Denied,
    HostError,
    Measure,
    Need,
    NotFound,
    Outcome,
    Status,
    check,
    commands,
    files,
    parse,
    tree,
)
from roundsman_sdk.fake import FakeHost

SIZE = Measure("size", "of the file", unit="bytes", labels=("path",))


@dataclasses.dataclass
class Options:
    path: str = dataclasses.field(metadata={"help": "The file."})
    ignore: list[str] = dataclasses.field(default_factory=list, metadata={"help": "Lines that do not count."})
    most: int | None = None


@check(name="sizes", version="0.1.0", summary="sizes", options=Options, measures=[SIZE], needs=[Need.file("/x", "it")])
def sizes(options: Options) -> Outcome:
    text = files.read_text(options.path)
    return Outcome(f"{len(text)} bytes", metrics=[SIZE.value(len(text), path=options.path)])


def test_a_check_is_called_like_a_function() -> None:
    with FakeHost() as host:
        host.file("/x", "four")
        outcome = sizes(path="/x")
    assert (outcome.summary, outcome.metrics[0].value, outcome.metrics[0].labels) == ("4 bytes", 4.0, {"path": "/x"})


def test_options_and_descriptor_are_one_thing() -> None:
    described = json.loads(sizes.describe())
    assert described["options"] == [
        {"key": "path", "help": "The file", "type": "text", "required": True},
        {"key": "ignore", "help": "Lines that do not count", "type": "texts", "default": []},
        {"key": "most", "help": "most", "type": "integer"},
    ]
    for options, key in [
        ({}, "path"),
        ({"path": 1}, "path"),
        ({"path": "/x", "most": True}, "most"),
        ({"pth": ""}, "pth"),
    ]:
        with pytest.raises(CheckError, match=f"option `{key}`"):
            sizes(**options)


def test_what_was_not_granted_is_denied_with_its_name() -> None:
    with FakeHost() as host, pytest.raises(Denied, match="/x"):
        sizes(path="/x")
    with FakeHost() as host, pytest.raises(NotFound):
        host.file("/x", NotFound("/x"))
        sizes(path="/x")


def test_a_command_that_fails_tells_its_last_line() -> None:
    with FakeHost() as host:
        host.command(["/bin/ls", "-lh"], "total 0\n").command(["/bin/false"], code=1, error="one\ntwo\n")
        assert commands.run(["/bin/ls", "-lh"]) == "total 0\n"
        with pytest.raises(CheckError, match="/bin/false: exit code 1: two"):
            commands.run(["/bin/false"])


def test_a_star_matches_no_slash() -> None:
    with FakeHost() as host:
        host.file("/s/a/n", "1").file("/s/b/n", "2").file("/s/b/c/n", "3")
        assert [found.path for found in files.read_glob("/s/*/n")] == ["/s/a/n", "/s/b/n"]


def test_a_file_that_cannot_be_read_hides_no_other() -> None:
    with FakeHost() as host:
        host.file("/s/a", HostError("/s/a", "EACCES")).file("/s/b", b"\xff").file("/s/c", "3")
        first, second, third = files.read_glob("/s/*")
    with pytest.raises(HostError, match="/s/a: EACCES"):
        first.read_text()
    with pytest.raises(CheckError, match="/s/b: not UTF-8 text from byte 0 on"):
        second.read_text()
    assert third.read_text() == "3"


def test_files_are_grouped_by_what_they_are_of() -> None:
    with FakeHost() as host:
        host.file("/sys/c/b/state", HostError("/sys/c/b/state", "ENODEV")).file("/sys/c/a/state", "down\n")
        host.file("/sys/c/a/stat/rx", "5x\n")
        things = tree.read("/sys/c", ["*/state", "*/stat/*"]).things
    assert [thing.name for thing in things] == ["a", "b"]
    assert (things[0].find("state"), list(things[0].files)) == ("down", ["state", "stat/rx"])
    # It vanished between the list and the look.
    assert things[1].find("state") is None
    with pytest.raises(CheckError, match='/sys/c/a/stat/rx: "5x" is not a whole number'):
        things[0].parsed("stat/rx", parse.integer)
    with FakeHost() as host, pytest.raises(Denied):
        host.grant_files("/etc/*")
        tree.read("/sys/c", ["*/state"])


def test_a_part_that_fails_hides_no_other() -> None:
    temperature = Measure("temperature", "of the disk", unit="celsius", labels=("disk",), between=(0, 100))
    outcome = Outcome("3 disks")
    with outcome.part("disk", "sda") as part:
        part.text = "42 degrees"
        part.measured(temperature, 42)
        part.measured(temperature, None)
    with outcome.part("disk", "sdb") as part:
        part.text = "failing"
        part.judged(Status.CRITICAL)
        part.judged(Status.WARNING)
    with outcome.part("disk", "sdc") as part:
        part.measured(temperature, 1)
        raise NotFound("/dev/sdc")
    with outcome.part("disk", "sr0") as part:
        part.leave_out()
    told = [(subcheck.labels["disk"], subcheck.status, subcheck.text) for subcheck in outcome.subchecks]
    assert told == [
        ("sda", Status.OK, "42 degrees"),
        ("sdb", Status.CRITICAL, "failing"),
        ("sdc", Status.UNKNOWN, "/dev/sdc: does not exist"),
    ]
    assert [(metric.value, metric.labels, metric.between) for metric in outcome.metrics] == [
        (42.0, {"disk": "sda"}, (0, 100))
    ]
    # Any other exception is a fault of the check, and ends its run.
    with pytest.raises(ZeroDivisionError), outcome.part("disk", "sdd"):
        1 / 0  # noqa: B018


@pytest.mark.parametrize("text", ["", "1_000", "٣", "1e3", "0x1", " 1", "nan", "1."])
def test_numbers_are_not_guessed(text: str) -> None:
    for read in (parse.integer, parse.decimal):
        with pytest.raises(CheckError):
            read(text, "here")


def test_any_other_exception_has_its_place() -> None:
    @check(name="broken", version="0.1.0", summary="broken")
    def broken() -> Outcome:
        return Outcome({}["nothing"])

    outcome, problems, error = broken.carried_out("{}")
    assert (outcome, problems) == (None, [])
    assert str(error).startswith("KeyError: 'nothing' (test_sdk.py, line ")
