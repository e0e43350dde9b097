"""From an array to its status and its text."""

from roundsman_sdk import Status
from roundsman_sdk.text import count

from raid import Array

#: State of an array that takes no reads and no writes.
STOPPED = "inactive"
#: What is done to an array whose disks are not all in order yet.
MENDING = ["recover", "resync", "reshape"]


def status(array: Array) -> Status:
    mending = array.action in MENDING
    if array.is_container:
        return Status.OK
    if array.state == STOPPED or (array.degraded and not mending):
        return Status.CRITICAL
    if array.degraded or mending or array.named("faulty"):
        return Status.WARNING
    return Status.OK


def text(array: Array) -> str:
    if array.is_container:
        return "a container of arrays"
    if array.state == STOPPED:
        facts = [f"{STOPPED}, with {count(len(array.members), 'disk')}"]
    else:
        of = "" if array.disks is None else f" of {count(array.disks, 'disk')}"
        facts = [f"{array.level}{of}, {array.state}"]
    if array.degraded:
        facts.append(f"{array.degraded} missing")
    if faulty := array.named("faulty"):
        facts.append(f"faulty: {' '.join(faulty)}")
    if spares := array.named("spare"):
        facts.append(count(len(spares), "spare"))
    if array.action not in (None, "idle"):
        facts.append(f"{array.action} {array.done:.1f} %" if array.done is not None else f"{array.action}")
    return ", ".join(facts)
