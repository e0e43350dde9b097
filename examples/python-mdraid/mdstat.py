"""`/proc/mdstat` (md(4)): `md0 : active raid1 vdb[1] vda[0]`, and lines of each array below."""

from roundsman_sdk import CheckError


def devices(text: str, where: str) -> list[str]:
    """Lists the devices. The file begins with the line `Personalities`: what does not is another one."""
    first, *lines = text.splitlines() or [""]
    if not first.startswith("Personalities :"):
        raise CheckError(f'{where}: there is no line "Personalities" at its beginning')
    named = (line.split(" : ")[0] for line in lines if " : " in line)
    return [name for name in named if not name.startswith(" ")]
