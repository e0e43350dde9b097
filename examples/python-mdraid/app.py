"""Arrays of Linux software RAID: degraded, rebuilding, with disks that failed."""

import dataclasses

from roundsman_sdk import CheckError, Denied, Measure, Need, NotFound, Outcome, Part, Status, check, files, tree
from roundsman_sdk.outcome import Subcheck
from roundsman_sdk.text import count

import judge
import mdstat
import raid

MDSTAT = "/proc/mdstat"
#: Below this, a directory for each array, with `md/` in it.
BLOCK = "/sys/block"
#: Where udev keeps the links that it made for devices of this kind, `b9:127` for `md127`: the names that arrays were given.
#: `md127` may be another one after a boot.
NAMES = "/run/udev/data/b9:*"

#: What is read of each array and of its disks.
FILES = [
    "md*/md/array_state",
    "md*/md/metadata_version",
    "md*/md/level",
    "md*/md/raid_disks",
    "md*/md/degraded",
    "md*/md/sync_action",
    "md*/md/sync_completed",
    "md*/md/mismatch_cnt",
    "md*/md/dev-*/state",
    "md*/md/dev-*/errors",
]

OF_ARRAY = ("array",)
DISKS = Measure("disks", "disks that the array is made for", labels=OF_ARRAY)
DEGRADED = Measure("degraded", "disks that are missing", labels=OF_ARRAY)
FAULTY = Measure("faulty", "disks that failed and are still there", labels=OF_ARRAY)
SPARES = Measure("spares", "disks that wait to take the place of one", labels=OF_ARRAY)
MISMATCHES = Measure("mismatches", "sectors that differed when they were last compared", labels=OF_ARRAY)
SYNC = Measure(
    "sync_percent",
    "of a rebuild, a comparison or a reshape done",
    unit="percent",
    labels=OF_ARRAY,
    between=(0, 100),
)
ERRORS = Measure("read_errors", "errors of the disk that were mended", kind="counter", labels=("array", "disk"))


@dataclasses.dataclass
class Options:
    """What an operator sets below `[check.NAME.config]`."""

    expected: list[str] = dataclasses.field(
        default_factory=list, metadata={"help": "Arrays that must be there, or it is CRITICAL."}
    )
    ignore: list[str] = dataclasses.field(default_factory=list, metadata={"help": "Arrays that may be in any state."})


@check(
    name="mdraid",
    version="0.1.0",
    summary="arrays of Linux software RAID and their disks",
    options=Options,
    measures=[DISKS, DEGRADED, FAULTY, SPARES, MISMATCHES, SYNC, ERRORS],
    needs=[
        *(Need.file(f"{BLOCK}/{file}", "the state of each array and of its disks") for file in FILES),
        Need.file(MDSTAT, "the arrays that the kernel lists, so that none is missed"),
        Need.file(NAMES, "the names of arrays, as their numbers change", optional=True),
    ],
)
def run(options: Options) -> Outcome:
    found = tree.read(BLOCK, FILES)
    names = given_names()
    missed = [device for device in listed() if device not in {thing.name for thing in found.things}]
    outcome = Outcome("")
    for thing in found.things:
        look(outcome, names.get(thing.name, thing.name), thing, options)
    for device in missed:
        text = f"/proc/mdstat lists it, and /sys/block/{device}/md cannot be read"
        outcome.subchecks.append(Subcheck({"array": device}, text, Status.UNKNOWN))
    known = [subcheck.labels["array"] for subcheck in outcome.subchecks]
    outcome.summary = count(len(known), "array") if known else "no arrays"
    for name in (name for name in options.expected if name not in known):
        outcome.subchecks.append(Subcheck({"array": name}, "there is no such array", Status.CRITICAL))
    for error in found.errors:
        with outcome.part("part", error.target):
            raise error
    return outcome


def look(outcome: Outcome, name: str, thing: tree.Thing, options: Options) -> None:
    """Looks at one device; one that is no array, or none any more, is left out."""
    with outcome.part("array", name) as part:
        array = raid.read(thing)
        if array is None:
            part.leave_out()
            return
        part.text = judge.text(array)
        if name in options.ignore:
            part.text += ", ignored"
        else:
            part.judged(judge.status(array))
        if not array.is_container:
            measure(part, array)


def measure(part: Part, array: raid.Array) -> None:
    part.measured(DISKS, array.disks)
    part.measured(DEGRADED, array.degraded)
    part.measured(FAULTY, len(array.named("faulty")))
    part.measured(SPARES, len(array.named("spare")))
    part.measured(MISMATCHES, array.mismatches)
    part.measured(SYNC, array.done)
    for member in array.members:
        part.measured(ERRORS, member.errors, disk=member.name)


def listed() -> list[str]:
    """Lists the arrays of the kernel; without the module there are none."""
    try:
        return mdstat.devices(files.read_text(MDSTAT), MDSTAT)
    except NotFound:
        return []


def given_names() -> dict[str, str]:
    """Maps devices to the names that their arrays were given: the line `S:md/data` of what udev keeps. A name that is a
    number alone says no more than the device does."""
    names = {}
    try:
        found = files.read_glob(NAMES)
    except Denied:
        return {}
    for file in found:
        try:
            lines = file.read_text().splitlines()
        except CheckError:
            continue
        name = next((line.removeprefix("S:md/") for line in lines if line.startswith("S:md/")), "")
        if name and not name.isdigit():
            names["md" + file.path.rpartition(":")[2]] = name
    return names


# What the component exports.
Guest = run.guest()
