"""The house as DESIGN.md draws it: imports point only downward."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skdigits

ROOT = Path(skdigits.__file__).parent

# From the top down. A module imports only from layers below its own.
LAYERS = [
    ["__main__"],
    ["commands"],
    ["reading"],
    ["plotting"],
    ["comparison", "persistence", "recipes", "search", "__init__"],
    ["_classifier"],
    ["_fit_tasks", "_fitted_state", "_samples"],
    ["training"],
    ["handwriting"],
    ["preprocessing"],
    ["_images"],
    ["architectures", "augmentation", "datasets"],
    [
        "_caller",
        "_documentation",
        "_files",
        "_parameter_names",
        "_printable",
        "_stored_state",
        "_table",
    ],
]
# Inside the packages, likewise.
INNER_LAYERS = {
    "commands": [
        ["_compare", "_info", "_read", "_search", "_train"],
        ["_validation"],
        ["_data", "_output", "_photos", "_plot", "_progress"],
        ["_readers"],
        ["_arguments", "_interrupts", "_labelled_images", "_messages", "_ranking", "_targets"],
        ["__init__"],
    ],
    "comparison": [
        ["__init__"],
        ["_datasets"],
        ["_measurement"],
        ["_baselines", "_comparison"],
        ["_significance"],
    ],
    "persistence": [
        ["__init__"],
        ["_estimators"],
        ["_contents", "_information", "_refusals", "_schema", "_types"],
        ["_archive", "_fields"],
    ],
    "plotting": [
        ["__init__"],
        ["_live_training_curve"],
        [
            "_comparison_display",
            "_digits_display",
            "_filters_display",
            "_search_display",
            "_training_curve_display",
        ],
        ["_tiles", "_occlusion", "_steps", "_summary"],
        ["_style"],
    ],
    "training": [
        ["__init__"],
        ["_loop", "_feature_maps", "_keras_callbacks"],
        ["_observer"],
        ["_keras", "_tensorflow"],
        ["_tensorflow_layers", "_tensorflow_tensors", "_tensorflow_updates"],
        ["_export", "_program"],
        ["_plan", "_network", "_history", "_backend"],
        ["_logits", "_notices", "_optimizers", "_schedules"],
    ],
    "handwriting": [
        ["__init__"],
        ["_non_digits", "_written"],
        ["_drawings", "_letters"],
    ],
    "preprocessing": [
        ["__init__"],
        ["_digit_framer", "_pixel_scaler"],
        ["_frame", "_ruling"],
        ["_ink"],
        ["_pictures"],
        ["_picture_files"],
        ["_avif_items", "_grey_levels", "_tiff_tiles"],
    ],
    "reading": [
        ["__init__"],
        ["_digit_reader", "_segments"],
        ["_rotation"],
        ["_judgement"],
        ["_bundled", "_page", "_reading", "_segmentation"],
        ["_cuts", "_lines"],
    ],
    "architectures": [
        ["__init__"],
        ["_names"],
        ["_convolutional", "_dense", "_spiking"],
        ["_layers", "_spiking_layers"],
        ["_architecture"],
    ],
}
LIBRARIES = {"keras", "tensorflow", "jax", "torch"}

MODULES = sorted(ROOT.rglob("*.py"))
by_file = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(ROOT).with_suffix(""))
)


def imports(path, everywhere):
    """Names of the modules that a file imports: everywhere, or where it is itself imported."""
    tree = ast.parse(path.read_text())
    return set(found(tree.body, everywhere))


def found(statements, everywhere):
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, "imports are absolute"
            yield statement.module
            # `from skdigits import comparison` may name a module, too.
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from found(statement.orelse, everywhere)
        elif everywhere or not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in ("body", "orelse", "finalbody", "handlers"):
                yield from found(getattr(statement, name, []), everywhere)


def layer_of(part, layers):
    (layer,) = (i for i, parts in enumerate(layers) if part in parts)
    return layer


def place_of(module):
    """The layer of a module, and its layer inside its package."""
    _, part, inner, *_ = [*module.split("."), "__init__", "__init__"]
    if (ROOT / part).is_dir():
        return layer_of(part, LAYERS), layer_of(inner, INNER_LAYERS[part])
    return layer_of(part, LAYERS), None


def is_module(name):
    path = ROOT.parent / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def own_imports(path):
    own = {name for name in imports(path, everywhere=True) if name.split(".")[0] == "skdigits"}
    return {name for name in own if is_module(name)}


@by_file
def test_imports_point_only_downward(path):
    module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    layer, inner_layer = place_of(module)
    for imported in own_imports(path):
        imported_layer, imported_inner_layer = place_of(imported)
        if imported_layer == layer and inner_layer is not None:
            assert imported_inner_layer > inner_layer, f"{module} imports {imported}"
        else:
            assert imported_layer > layer, f"{module} imports {imported}"


def test_imports_are_found_wherever_they_stand():
    assert {"skdigits._samples", "skdigits.training._loop"} <= own_imports(ROOT / "_classifier.py")
    assert "skdigits.comparison" in own_imports(ROOT / "commands/_compare.py")  # Inside a function.
    assert "keras" not in imports(ROOT / "architectures/_dense.py", everywhere=False)
    assert "keras" in imports(ROOT / "architectures/_dense.py", everywhere=True)


def test_every_layer_exists():
    parts = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in MODULES}
    assert parts == {part for layer in LAYERS for part in layer}
    for package, layers in INNER_LAYERS.items():
        # `_program` imports the backends by name, when the first network is trained.
        inner = {path.stem for path in (ROOT / package).glob("*.py")}
        assert inner == {part for layer in layers for part in layer}


@by_file
def test_only_backends_import_deep_learning_libraries_at_once(path):
    found = {name.split(".")[0] for name in imports(path, everywhere=False)} & LIBRARIES
    is_backend = path.parent.name == "training" and path.stem.startswith(("_tensorflow", "_keras"))
    has_layers = path.stem == "_spiking_layers"
    assert found <= ({"keras", "tensorflow"} if is_backend else {"keras"} if has_layers else set())


@by_file
def test_files_are_named_after_what_they_hold(path):
    assert not set(path.stem.split("_")) & {"utils", "util", "helpers", "common", "base", "misc"}


def test_import_loads_no_deep_learning_library():
    names = ", ".join(f"skdigits.{name}" for name in ("comparison", "training", "architectures"))
    code = f"import sys, skdigits, {names}; print(sorted({LIBRARIES} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
