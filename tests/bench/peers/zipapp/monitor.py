"""What an operator would have written instead: jobs that run a command and judge what it prints."""

import sys

from command import run


def meminfo():
    fields = {}
    for line in run(["cat", "/proc/meminfo"]):
        if ":" in line:
            name, rest = line.split(":", 1)
            fields[name] = float(rest.split()[0])
    used = 100.0 * (1.0 - fields["MemAvailable"] / fields["MemTotal"])
    state = "CRITICAL" if used > 95 else "WARNING" if used > 90 else "OK"
    print("%s: memory used %.1f%% | used_percent=%.1f%%;90;95" % (state, used, used))


def main():
    jobs = sys.argv[1:] or ["meminfo"]
    while jobs:
        job = jobs.pop(0)
        if job == "meminfo":
            meminfo()
        elif job == "cat":
            print("\n".join(run(["cat", jobs.pop(0)])))
        else:
            sys.exit("unknown job " + job)
