"""The decorator that makes a function a check."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from . import options as table
from .descriptor import Measure, Need
from .errors import CheckError, OptionError
from .outcome import Outcome


@dataclasses.dataclass(frozen=True)
class NoOptions:
    """The options of a check that has none.

    >>> NoOptions()
    NoOptions()
    """


@dataclasses.dataclass(frozen=True)
class Check:
    """A function with what it says of itself, made by `@check`. Called with options by name, it runs; options that are wrong are a
    `CheckError` with their keys.

    >>> @check(name="sample", version="0.1.0", summary="a sample")
    ... def run() -> Outcome:
    ...     return Outcome("nothing to see")
    >>> run().summary
    'nothing to see'
    """

    function: Callable[..., Outcome]
    name: str
    version: str
    summary: str
    options: type
    measures: tuple[Measure, ...]
    needs: tuple[Need, ...]
    #: The needs that options bring with them.
    option_needs: Callable[[Any], Sequence[Need]] | None = None

    def __call__(self, **options: Any) -> Outcome:
        made, problems = table.read(self.options, json.dumps(options))
        if problems:
            raise CheckError("; ".join(f"option `{problem['key']}`: {problem['message']}" for problem in problems))
        outcome = self._run(made)
        self._judge(outcome)
        return outcome

    def _judge(self, outcome: Outcome) -> None:
        """Raises where the host would refuse the outcome: it is called as a function in tests only."""
        declared = {measure.name: measure for measure in self.measures}
        seen = set()
        for metric in outcome.metrics:
            measure = declared.get(metric.name)
            assert measure is not None, f"metric {metric.name} is not among the measures of the check"
            same = (metric.unit, metric.kind) == (measure.unit, measure.kind)
            assert same, f"metric {metric.name} has another unit or kind than was declared"
            series = (metric.name, tuple(sorted(metric.labels.items())))
            assert series not in seen, f"metric {metric.name} with labels {metric.labels} is there twice"
            seen.add(series)
        things = [tuple(sorted(subcheck.labels.items())) for subcheck in outcome.subchecks]
        twice = next((thing for thing in things if things.count(thing) > 1), None)
        assert twice is None, f"subcheck {dict(twice or ())} is there twice"

    def _run(self, options: Any) -> Outcome:
        return self.function() if self.options is NoOptions else self.function(options)

    def describe(self) -> str:
        """Writes the descriptor in JSON, as the contract has it.

        >>> sample = check(name="sample", version="0.1.0", summary="a sample")(lambda: Outcome("nothing"))
        >>> json.loads(sample.describe())["name"]
        'sample'
        """
        described = {
            "name": self.name,
            "version": self.version,
            "summary": self.summary,
            "options": table.described(self.options),
            "metrics": [measure.described() for measure in self.measures],
            "needs": [need.described() for need in self.needs],
        }
        return json.dumps(described)

    def validate(self, config: str) -> str:
        """Judges a table of options in JSON without running, as the contract has it: problems by key, or the needs that the
        options bring.

        >>> sample = check(name="sample", version="0.1.0", summary="a sample")(lambda: Outcome("nothing"))
        >>> json.loads(sample.validate('{"x": 1}'))["problems"][0]["key"]
        'x'
        """
        made, problems = table.read(self.options, config)
        if problems:
            return json.dumps({"problems": problems})
        try:
            brought = [] if self.option_needs is None else [need.described() for need in self.option_needs(made)]
        except OptionError as error:
            return json.dumps({"problems": [{"key": error.key, "message": error.message}]})
        return json.dumps({"needs": brought} if brought else {})

    def guest(self) -> type:
        """Makes the class that `componentize-py` exports: write `Guest = run.guest()`. Elsewhere it is an empty one.

        >>> check(name="sample", version="0.1.0", summary="a sample")(lambda: Outcome("nothing")).guest().__name__
        'Guest'
        """
        try:
            from .exported import exported
        except ImportError:
            return type("Guest", (), {})
        return exported(self)

    def carried_out(self, config: str) -> tuple[Outcome | None, list[dict[str, str]], CheckError | None]:
        """Runs with a table of options in JSON: gives an outcome, or problems with options, or the error.

        >>> sample = check(name="sample", version="0.1.0", summary="a sample")(lambda: Outcome(str(1 // 0)))
        >>> outcome, problems, error = sample.carried_out("{}")
        >>> str(error).split(" (")[0]
        'ZeroDivisionError: integer division or modulo by zero'
        """
        # The generator was seeded when the component was made, and would give each run the same numbers.
        random.seed(os.urandom(16))
        options, problems = table.read(self.options, config)
        if problems:
            return None, problems, None
        try:
            return self._run(options), [], None
        except OptionError as error:
            return None, [{"key": error.key, "message": error.message}], None
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
    option_needs: Callable[[Any], Sequence[Need]] | None = None,
) -> Callable[[Callable[..., Outcome]], Check]:
    """Makes a function a check. Where `options` is a dataclass, the function takes one; `option_needs` tells the needs that given
    options bring, besides `needs`.

    >>> @dataclasses.dataclass
    ... class Options:
    ...     queue: str
    >>> @check(name="queue", version="0.1.0", summary="a queue", options=Options)
    ... def run(options: Options) -> Outcome:
    ...     return Outcome(f"{options.queue} is empty")
    >>> run(queue="mail").summary
    'mail is empty'
    """

    def decorate(function: Callable[..., Outcome]) -> Check:
        return Check(function, name, version, summary, options, tuple(measures), tuple(needs), option_needs)

    return decorate
