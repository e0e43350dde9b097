"""What an author of a check in Python uses.

A check says what it is (`@check`) and what it saw (the function). The host judges thresholds, writes every text and every
format, and grants what the operator named.
"""

from . import commands, files, log, parse, state, text, tree
from .check import Check, check
from .descriptor import Measure, Need, Unit
from .errors import CheckError, Denied, HostError, LimitReached, NotFound, OptionError, ParseError, TimedOut
from .outcome import Metric, Outcome, Part, Status, Subcheck

__all__ = [
    "Check",
    "CheckError",
    "Denied",
    "HostError",
    "LimitReached",
    "Measure",
    "Metric",
    "Need",
    "NotFound",
    "OptionError",
    "Outcome",
    "ParseError",
    "Part",
    "Status",
    "Subcheck",
    "TimedOut",
    "Unit",
    "check",
    "commands",
    "files",
    "log",
    "parse",
    "state",
    "text",
    "tree",
]
