"""Docstrings against numpydoc's rules, and against the signatures they describe."""

import importlib
import inspect
import pydoc
import re

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

IGNORED = {
    "ES01",  # A second sentence only where the first leaves something to say.
    "RT02",  # Returned values are named, as in scikit-learn.
    "SA01",  # "See Also" only where there is something to see.
}
# The examples of a class show its methods.
IGNORED_IN_METHODS = {"EX01"}

MODULES = [
    "",
    ".architectures",
    ".architectures.layers",
    ".augmentation",
    ".comparison",
    ".datasets",
    ".export",
    ".handwriting",
    ".persistence",
    ".plotting",
    ".preprocessing",
    ".reading",
    ".recipes",
    ".search",
    ".training",
]


def public_objects():
    """Each public class and function, under the name that users import it by."""
    for module_name in (f"skdigits{suffix}" for suffix in MODULES):
        module = importlib.import_module(module_name)
        for name in module.__all__:
            if callable(getattr(module, name)):
                yield f"{module_name}.{name}", getattr(module, name)


def public_methods(cls):
    """Methods and properties that a class documents itself."""
    for name in dir(cls):
        owner = next(parent for parent in cls.__mro__ if name in vars(parent))
        is_public = name == "__call__" or not name.startswith("_")
        is_documented = inspect.isfunction(vars(owner)[name]) or isinstance(
            vars(owner)[name], property
        )
        is_own = owner.__module__.startswith("skdigits") and not inherits_docstring(owner, name)
        if is_own and is_public and is_documented:
            yield name


def inherits_docstring(cls, name):
    """Whether a method is documented by the one that it overrides."""
    overridden = [getattr(parent, name, None) for parent in cls.__mro__[1:]]
    return not vars(cls)[name].__doc__ and any(it.__doc__ for it in overridden if it is not None)


OBJECTS = dict(public_objects())
METHODS = {
    f"{path}.{name}": getattr(cls, name)
    for path, cls in OBJECTS.items()
    if inspect.isclass(cls)
    for name in public_methods(cls)
}
CALLABLES = {
    path: value for path, value in {**OBJECTS, **METHODS}.items() if not isinstance(value, property)
}


def errors(path, ignored):
    found = validate(path)["errors"]
    return [f"{code} {message}" for code, message in found if code not in ignored]


def signature(function):
    """Parameters by the names that numpydoc gives them, such as `**params`."""
    found = inspect.signature(function).parameters.values()
    return {str(it).partition(":")[0] if it.kind is it.VAR_KEYWORD else it.name: it for it in found}


def parameters(docstring):
    return {entry.name: entry for entry in NumpyDocString(docstring)["Parameters"]}


def test_public_names_are_found():
    assert "skdigits.KerasDigitClassifier" in OBJECTS
    assert "skdigits.KerasDigitClassifier.predict_proba" in METHODS
    assert "skdigits.architectures.MLP.__call__" in METHODS
    assert len(OBJECTS) >= 12


@pytest.mark.parametrize("path", OBJECTS)
def test_numpydoc_finds_no_fault_with_public_names(path):
    assert errors(path, IGNORED) == []


@pytest.mark.parametrize("path", METHODS)
def test_numpydoc_finds_no_fault_with_methods(path):
    assert errors(path, IGNORED | IGNORED_IN_METHODS) == []


@pytest.mark.parametrize("path", OBJECTS)
def test_every_public_name_has_an_example(path):
    example = "\n".join(NumpyDocString(inspect.getdoc(OBJECTS[path]))["Examples"])
    assert ">>> " in example
    assert "+SKIP" not in example


@pytest.mark.parametrize("path", OBJECTS)
def test_what_to_see_also_exists(path):
    mentioned = [
        name
        for entries, _ in NumpyDocString(inspect.getdoc(OBJECTS[path]))["See Also"]
        for name, _ in entries
    ]
    for name in mentioned:
        package = path.rpartition(".")[0]
        assert pydoc.locate(name) or pydoc.locate(f"{package}.{name}"), f"{name} does not exist"


@pytest.mark.parametrize("path", CALLABLES)
def test_documented_parameters_are_those_of_the_signature(path):
    documented = parameters(inspect.getdoc(CALLABLES[path]))
    assert list(documented) == [name for name in signature(CALLABLES[path]) if name != "self"]


@pytest.mark.parametrize("path", CALLABLES)
def test_documented_defaults_are_those_of_the_signature(path):
    documented = parameters(inspect.getdoc(CALLABLES[path]))
    for name, parameter in signature(CALLABLES[path]).items():
        if name == "self" or documented[name].type == "None":  # Ignored, as in scikit-learn.
            continue
        default = re.search(r"default=(.*)$", documented[name].type, flags=re.DOTALL)
        if parameter.default is inspect.Parameter.empty:
            assert default is None, f"{name} has no default"
        else:
            assert default, f"{name} has the default {parameter.default!r}"
            assert eval(default[1], {"inf": float("inf")}) == parameter.default
