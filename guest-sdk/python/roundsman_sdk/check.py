"""The decorator that makes a function a check."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from .descriptor import Measure, Need, options_of, read_options
from .errors import CheckError
from .outcome import Outcome


@dataclasses.dataclass(frozen=True)
class NoOptions:
    """The options of a check that has none."""


@dataclasses.dataclass(frozen=True)
class Check:
    """A function with what it says of itself. Called, it runs with these options; `guest()` is what a component exports."""

    function: Callable[..., Outcome]
    name: str
    version: str
    summary: str
    options: type
    measures: tuple[Measure, ...]
    needs: tuple[Need, ...]

    def __call__(self, **options: Any) -> Outcome:
        made, problems = read_options(self.options, json.dumps(options))
        if problems:
            raise CheckError("; ".join(f"option `{problem['key']}`: {problem['message']}" for problem in problems))
        return self._run(made)

    def _run(self, options: Any) -> Outcome:
        return self.function() if self.options is NoOptions else self.function(options)

    def describe(self) -> str:
        """The descriptor, as the contract has it."""
        described = {
            "name": self.name,
            "version": self.version,
            "summary": self.summary,
            "options": options_of(self.options),
            "metrics": [measure.described() for measure in self.measures],
            "needs": [need.described() for need in self.needs],
        }
        return json.dumps(described)

    def guest(self) -> type:
        """The class that `componentize-py` exports: write `Guest = run.guest()`. Elsewhere it is an empty one."""
        try:
            from .exported import exported
        except ImportError:
            return type("Guest", (), {})
        return exported(self)

    def carried_out(self, config: str) -> tuple[Outcome | None, list[dict[str, str]], CheckError | None]:
        """Runs with a table of options: gives an outcome, or problems with options, or the error."""
        # The generator was seeded when the component was made, and would give each run the same numbers.
        random.seed(os.urandom(16))
        options, problems = read_options(self.options, config)
        if problems:
            return None, problems, None
        try:
            return self._run(options), [], None
        except CheckError as error:
            return None, [], error
        except Exception as error:  # noqa: BLE001  any other is a fault of the check, told with its last line; the log has all
            traceback.print_exc()
            place = traceback.extract_tb(error.__traceback__)[-1]
            at = f"{os.path.basename(place.filename)}, line {place.lineno}, in {place.name}"
            return None, [], CheckError(f"{type(error).__name__}: {error} ({at})")


def check(
    *,
    name: str,
    version: str,
    summary: str,
    options: type = NoOptions,
    measures: Sequence[Measure] = (),
    needs: Sequence[Need] = (),
) -> Callable[[Callable[..., Outcome]], Check]:
    """Makes a function a check. Where `options` is a dataclass, the function takes one."""

    def decorate(function: Callable[..., Outcome]) -> Check:
        return Check(function, name, version, summary, options, tuple(measures), tuple(needs))

    return decorate
