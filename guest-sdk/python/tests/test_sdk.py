"""The SDK under plain pytest: no Wasm, no host."""

import dataclasses
import json

import pytest

from roundsman_sdk import CheckError, Denied, Measure, Need, NotFound, Outcome, check, commands, files, parse
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
        {"key": "path", "help": "The file.", "type": "text", "required": True},
        {"key": "ignore", "help": "Lines that do not count.", "type": "texts", "default": []},
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
        host.file("/x", NotFound("/x", "not found"))
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
        assert [path for path, _ in files.read_glob("/s/*/n")] == ["/s/a/n", "/s/b/n"]


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
