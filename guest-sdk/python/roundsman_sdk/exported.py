"""What a component exports, in the types that `componentize-py` makes of the contract."""

# mypy: ignore-errors
# `wit_world` exists in components only, so nothing is known of its types here.

from __future__ import annotations

import math

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import types

from . import component  # noqa: F401  while the component is made: later there are no files to import from
from .errors import HostError, OptionError

_UNITS = {
    "number": types.Unit_Number,
    "bytes": types.Unit_Bytes,
    "seconds": types.Unit_Seconds,
    "percent": types.Unit_Percent,
    "celsius": types.Unit_Celsius,
}


def exported(check) -> type:
    """Makes the class for one check."""

    class Guest(exports.Guest):
        def describe(self) -> str:
            return check.describe()

        def validate(self, config: str) -> str:
            return check.validate(config)

        def run(self, config: str) -> types.Outcome:
            outcome, problems, error = check.carried_out(config)
            if problems:
                listed = [types.Problem(problem["key"], problem["message"]) for problem in problems]
                raise Err(types.Failure("options", types.Cause_Options(listed), []))
            if error is not None:
                raise Err(_failure(error))
            return _outcome(outcome)

    return Guest


def _failure(error) -> types.Failure:
    if isinstance(error, HostError) and error.value is not None:
        return types.Failure(str(error), types.Cause_Host(error.value), [])
    if isinstance(error, OptionError):
        return types.Failure(str(error), types.Cause_Options([types.Problem(error.key, error.message)]), [])
    return types.Failure(str(error), types.Cause_Other(types.Otherwise("", "", [])), [])


def _outcome(outcome) -> types.Outcome:
    status = types.Status[outcome.status.name]
    subchecks = [_subcheck(subcheck) for subcheck in outcome.subchecks]
    metrics = [_metric(metric) for metric in outcome.metrics]
    return types.Outcome(status, outcome.summary, outcome.details, subchecks, metrics, [])


def _subcheck(subcheck) -> types.Subcheck:
    failure = None if subcheck.failure is None else _failure(subcheck.failure)
    labels = list(subcheck.labels.items())
    return types.Subcheck(labels, types.Status[subcheck.status.name], subcheck.text, failure, [])


def _metric(metric) -> types.Metric:
    unit = _UNITS[metric.unit]() if metric.unit in _UNITS else types.Unit_Other(metric.unit)
    kind = types.MetricKind[metric.kind.upper()]
    ranges = [_range(metric.warning), _range(metric.critical)]
    low, high = metric.between or (None, None)
    return types.Metric(metric.name, metric.value, unit, kind, list(metric.labels.items()), *ranges, low, high, [])


def _range(bounds) -> types.Range | None:
    if bounds is None:
        return None
    low, high = (bound if bound is not None else math.inf * sign for bound, sign in zip(bounds, (-1, 1)))
    return types.Range(low, high, False)
