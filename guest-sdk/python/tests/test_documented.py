"""Each public name says what it does and shows it: its example is run with the other tests."""

import importlib
import inspect
import pkgutil

import pytest

import roundsman_sdk

#: What only the SDK itself uses.
INNER = {"component", "exported", "glob", "grants", "hard_deny", "host", "options"}
INNER_NAMES = {"Host", "enter", "leave", "current", "T"}


def public() -> list[tuple[str, object]]:
    found: dict[str, object] = {}
    for info in pkgutil.iter_modules(roundsman_sdk.__path__):
        if info.name in INNER:
            continue
        module = importlib.import_module(f"roundsman_sdk.{info.name}")
        assert module.__doc__, f"{info.name} has no docstring"
        for name, item in vars(module).items():
            package, _, home = getattr(item, "__module__", "").partition(".")
            if name.startswith("_") or package != "roundsman_sdk" or home in INNER - {"host"} or name in INNER_NAMES:
                continue
            found[f"{item.__module__}.{name}"] = item
            if inspect.isclass(item):
                for member, method in vars(item).items():
                    if not member.startswith("_") and inspect.isroutine(method):
                        found[f"{item.__module__}.{name}.{member}"] = getattr(item, member)
    return sorted(found.items())


def test_there_are_such_names() -> None:
    names = [name.removeprefix("roundsman_sdk.") for name, _ in public()]
    assert {"files.read_text", "commands.run", "parse.Field.integer", "fake.FakeHost.file", "check.check"} <= set(names)


@pytest.mark.parametrize(("name", "item"), public(), ids=lambda it: it if isinstance(it, str) else "")
def test_each_has_a_docstring_with_an_example(name: str, item: object) -> None:
    text = inspect.getdoc(item) or ""
    assert text.split("\n")[0].endswith(tuple(".:`,")) or len(text) > 40, f"{name} has no docstring"
    assert ">>> " in text, f"{name} has no example"
