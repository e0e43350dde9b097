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
    OptionError,
    Outcome,
    ParseError,
    Status,
    TimedOut,
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


def test_a_program_that_fails_is_told_by_its_end_and_its_first_words() -> None:
    with FakeHost() as host:
        host.command(["/bin/ls", "-lh"], "total 0\n").command(["/bin/a"], "out\n", code=1, error="\n one\ntwo\n")
        host.command(["/bin/b"], "out\n", code=2).command(["/bin/c"], signal=9)
        host.command(["/bin/d"], TimedOut("/bin/d"))
        assert commands.run(["/bin/ls", "-lh"]) == "total 0\n"
        assert commands.run(["/bin/b"], codes=[0, 2]) == "out\n"
        for program, said in [
            ("/bin/a", "/bin/a: exit code 1: one"),
            ("/bin/b", "/bin/b: exit code 2: out"),
            ("/bin/c", "/bin/c: signal 9, and printed nothing"),
            ("/bin/d", "/bin/d: gave no answer within its time"),
            ("/bin/e", "/bin/e: not granted"),
        ]:
            with pytest.raises(CheckError) as raised:
                commands.run([program])
            assert str(raised.value) == said


def test_a_choice_of_command_that_is_not_clear_is_a_problem_with_the_option() -> None:
    with FakeHost() as host:
        with pytest.raises(CheckError, match="no command is granted"):
            commands.only_granted("id")
        host.grant_command(["/bin/ls", "*"], pattern=True, id="list")
        with pytest.raises(OptionError, match="id: /bin/ls \\* has wildcards"):
            commands.by_id("list", "id")
        host.grant_command(["/bin/df"])
        with pytest.raises(OptionError, match='has the id "lst"; of 2 granted, ids are list'):
            commands.by_id("lst", "id")
        with pytest.raises(OptionError, match="2 commands are granted"):
            commands.only_granted("id")


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


@pytest.mark.parametrize("text", ["", "1_000", "٣", "+1", "0x1", " 1", "1\n", "nan", "inf", "1.", ".5", "1e999", "1,5"])
def test_numbers_are_not_guessed(text: str) -> None:
    field = parse.Field(text)
    for read in (lambda: parse.integer(text), lambda: parse.decimal(text), field.integer, field.decimal):
        with pytest.raises(ParseError):
            read()


def test_a_field_knows_its_place() -> None:
    all_rows = parse.rows("a b\r\n\n  c\t 7x 1/2\x0c%\n", "/run/x")
    assert [[field.text for field in row.columns] for row in all_rows] == [["a", "b"], ["c", "7x", "1/2", "%"]]
    name, number, parts, _ = all_rows[1].exactly(4)
    assert (name.line, name.column, number.column) == (3, 3, 6)
    for wrong, said in [
        (number.integer, '/run/x: line 3, column 6: "7x" is not a whole number'),
        (parts.split_once("/")[1].hex, '/run/x: line 3, column 11: "2" is not a hex number that begins with 0x'),
        (lambda: number.without_end("%"), '/run/x: line 3, column 6: "7x" does not end in "%"'),
        (lambda: number.split_once("/"), '/run/x: line 3, column 6: "7x" has no "/"'),
        (lambda: all_rows[0].column(2), '/run/x: line 1, column 1: "a b" has 2 columns, not 3 or more'),
        (lambda: all_rows[0].exactly(1), '/run/x: line 1, column 1: "a b" has 2 columns, not 1'),
    ]:
        with pytest.raises(ParseError) as raised:
            wrong()
        assert str(raised.value) == said


def test_metadata_and_room_are_told_without_content() -> None:
    with FakeHost() as host:
        host.file("/q/a", "four", modified=100.5).metadata("/q/d", files.Metadata(files.FileKind.DIRECTORY))
        host.grant_metadata("/q/*").mount(files.Mount("/dev/sda1", "/srv", "ext4"), files.Space(100, 50, 40))
        host.mount(files.Mount("nas:/", "/nas", "nfs"), TimedOut("/nas"))
        seen = [(it.path, it.metadata().kind.value, it.metadata().size) for it in files.stat_glob("/q/*")]
        assert seen == [("/q/a", "regular", 4), ("/q/d", "directory", 0)]
        assert files.stat("/q/a").modified == 100.5
        for wrong in (lambda: files.read("/q/a"), lambda: files.read_glob("/q/*"), lambda: files.stat("/etc/passwd")):
            with pytest.raises(Denied):
                wrong()
        assert [str(used.answer) for used in files.usages(["/nas", "/no"])] == [
            "/nas: gave no answer within its time",
            "/no: does not exist",
        ]
        assert (files.usage("/srv").bytes_free, files.granted().metadata) == (50, ["/q/*"])
        with pytest.raises(NotFound):
            files.usage("/no")


def test_without_a_host_the_error_says_how_to_make_one() -> None:
    with pytest.raises(RuntimeError, match="with FakeHost"):
        files.read("/x")


def test_what_the_host_would_refuse_is_found_in_a_test() -> None:
    undeclared = check(name="a", version="0.1.0", summary="a")(lambda: Outcome("a", metrics=[SIZE.value(1, path="/x")]))
    with pytest.raises(AssertionError, match="size is not among the measures"):
        undeclared()
    twice = check(name="a", version="0.1.0", summary="a", measures=[SIZE])(
        lambda: Outcome("a", metrics=[SIZE.value(1, path="/x"), SIZE.value(2, path="/x")])
    )
    with pytest.raises(AssertionError, match="is there twice"):
        twice()


def test_any_other_exception_has_its_place() -> None:
    @check(name="broken", version="0.1.0", summary="broken")
    def broken() -> Outcome:
        return Outcome({}["nothing"])

    outcome, problems, error = broken.carried_out("{}")
    assert (outcome, problems) == (None, [])
    assert str(error).startswith("KeyError: 'nothing' (test_sdk.py, line ")
