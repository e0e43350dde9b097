"""Options of every shape that an operator can write: what is told of them, and what is made of them."""

import dataclasses
import enum
import json
from typing import Literal

import pytest

from roundsman_sdk import Need, Outcome, Status, check, files


@dataclasses.dataclass
class Relay:
    name: str
    port: int = 25


@dataclasses.dataclass
class Options:
    queues: list[Relay]
    missing: Status = Status.CRITICAL
    order: Literal["oldest", "newest"] = "oldest"
    relay: Relay | None = None
    share: float = 0.5
    extra: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.share > 1:
            raise ValueError("share is at most 1")


@check(
    name="queues",
    version="0.1.0",
    summary="queues",
    options=Options,
    option_needs=lambda options: [Need.file(f"/q/{queue.name}", "it") for queue in options.queues],
)
def run(options: Options) -> Outcome:
    assert isinstance(options.missing, Status) and isinstance(options.queues[0], Relay)
    for queue in options.queues:
        files.read(f"/q/{queue.name}")
    return Outcome(f"{options.queues[0].port} {options.missing.name} {options.order}")


def test_each_shape_is_described() -> None:
    relay = [
        {"key": "name", "help": "name", "type": "text", "required": True},
        {"key": "port", "help": "port", "type": "integer", "default": 25},
    ]
    words = ["ok", "warning", "critical", "unknown"]
    assert json.loads(run.describe())["options"] == [
        {"key": "queues", "help": "queues", "type": "tables", "options": relay, "required": True},
        {"key": "missing", "help": "missing", "type": "text", "values": words, "default": "critical"},
        {"key": "order", "help": "order", "type": "text", "values": ["oldest", "newest"], "default": "oldest"},
        {"key": "relay", "help": "relay", "type": "table", "options": relay},
        {"key": "share", "help": "share", "type": "number", "default": 0.5},
        {"key": "extra", "help": "extra", "type": "table", "default": {}},
    ]


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        ({}, "queues", "is required"),
        ({"queues": {}}, "queues", "a list of tables is wanted"),
        ({"queues": [1]}, "queues.0", "table is wanted, not 1"),
        ({"queues": [{"name": "a"}, {"nam": "b", "name": "c"}]}, "queues.1.nam", "there are name, port"),
        ({"queues": [{"name": "a", "port": "25"}]}, "queues.0.port", 'integer is wanted, not "25"'),
        ({"queues": [], "missing": "Critical"}, "missing", "one of ok, warning, critical, unknown is wanted"),
        ({"queues": [], "order": ["oldest"]}, "order", "one of oldest, newest is wanted"),
        ({"queues": [], "relay": {"port": 1}}, "relay.name", "is required"),
        ({"queues": [], "share": True}, "share", "number is wanted, not true"),
        ({"queues": [], "share": 2}, "", "share is at most 1"),
        ({"queues": [], "extra": []}, "extra", "table is wanted"),
    ],
)
def test_what_is_wrong_is_said_by_its_key(table: dict, key: str, message: str) -> None:
    (problem,) = json.loads(run.validate(json.dumps(table)))["problems"]
    assert problem["key"] == key and message in problem["message"]


def test_options_bring_needs_and_reach_the_check_as_what_they_are() -> None:
    table = {"queues": [{"name": "a", "port": 26}], "missing": "warning"}
    (need,) = json.loads(run.validate(json.dumps(table)))["needs"]
    assert (need["capability"], need["pattern"]) == ("files", "/q/a")
    from roundsman_sdk.fake import FakeHost

    with FakeHost() as host:
        host.file("/q/a", "")
        assert run(**table).summary == "26 WARNING oldest"


def test_a_type_that_no_operator_can_write_is_refused_when_the_check_is_described() -> None:
    class Number(enum.IntEnum):
        ONE = 1

    for hint in (set, bytes, list[list[int]], int | str, Literal[1, 2], Number):
        kind = dataclasses.make_dataclass("Options", [("x", hint)])
        with pytest.raises(TypeError, match="an option cannot be of type"):
            check(name="a", version="0.1.0", summary="a", options=kind)(lambda options: Outcome("a")).describe()
