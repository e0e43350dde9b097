"""A directory that holds what a host has for the program: configuration, components, state, cache, log."""

import json
import shutil
import tempfile
import time
from pathlib import Path

from process import Failed, output_of

MAIN = """\
[paths]
state  = "{dir}/state"
cache  = "{dir}/cache"
checks = ["{dir}/checks"]

[run]
splay    = "0s"
parallel = {parallel}

[log]
file = "{dir}/roundsman.log"
"""


# Seconds.
SETTLED = 2.5


class Host:
    """Gone at the end of the block."""

    def __init__(self, program: Path, parallel: int = 4):
        self.built = program
        self.parallel = parallel

    def __enter__(self) -> "Host":
        self.dir = Path(tempfile.mkdtemp(prefix="roundsman-bench-"))
        self.dir.chmod(0o755)  # a round started as root reads as another user
        for name in ("etc", "etc/conf.d", "checks"):
            (self.dir / name).mkdir()
        # As it is installed. What a linker has written lies in smaller pieces in the page cache, which costs more to map.
        self.program = str(shutil.copy(self.built, self.dir / "roundsman"))
        self.main = self.dir / "etc/roundsman.toml"
        self.main.write_text(MAIN.format(dir=self.dir, parallel=self.parallel))
        return self

    def __exit__(self, *_) -> None:
        shutil.rmtree(self.dir)

    def component(self, source: Path, name: str | None = None) -> None:
        shutil.copyfile(source, self.dir / "checks" / (name or source.name))

    def drop_in(self, name: str, toml: str) -> None:
        (self.dir / "etc/conf.d" / f"{name}.toml").write_text(toml)

    def argv(self, *arguments: str) -> list[str]:
        return [self.program, *arguments, "--config", str(self.main)]

    def check(self, name: str) -> list[str]:
        """As a monitoring plugin."""
        return self.argv("check", name)

    def round(self) -> list[str]:
        """As cron starts it, all checks due."""
        return self.argv("run", "--cron", "--all")

    def compile(self) -> None:
        """Fills the cache: a round with much to compile ends before it has."""
        output_of(self.argv("compile"))

    def settled(self) -> list[dict]:
        """As `reports`, and from then on the cache is warm: what is younger than 2 s is not known by its time, and checked
        byte by byte each time."""
        self.reports()
        time.sleep(SETTLED)
        return self.reports()

    def reports(self) -> list[dict]:
        """What a round reports of each check, which must have got to judge; compiles what is not compiled yet."""
        lines = output_of(self.argv("run", "--all", "--format", "json")).splitlines()
        reports = [report for report in map(json.loads, lines) if report["check"] != "roundsman"]
        for report in reports:
            if report["state"] != "done":
                raise Failed(f"{report['check']}: {report['failure']}")
        return reports
