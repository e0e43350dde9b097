"""The check as a script under python3."""

import sys

from meminfo import used_percent

with open("/proc/meminfo", encoding="utf-8") as file:
    used = used_percent(file.read())
state, code = ("CRITICAL", 2) if used > 95 else ("WARNING", 1) if used > 90 else ("OK", 0)
print(f"{state}: {used:.1f}% of memory used | used_percent={used}%;90;95;0;100")
sys.exit(code)
