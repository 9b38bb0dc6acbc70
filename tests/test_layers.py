"""The house as DESIGN.md draws it: imports point only downward."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skdigits

ROOT = Path(skdigits.__file__).parent

# From the top down. A module imports only from layers below its own.
ROOMS = [
    ["__main__"],
    ["commands"],
    ["reading"],
    ["export", "plotting"],
    ["comparison", "persistence", "recipes", "search", "__init__"],
    ["_classifier"],
    ["training"],
    ["programs"],
    ["handwriting", "preprocessing"],
    ["_images"],
    ["architectures", "augmentation", "datasets", "ink"],
    [
        "_caller",
        "_extras",
        "_files",
        "_keras_backend",
        "_printable",
        "_private_names",
        "_skdigits_estimator",
        "_table",
        "_whole_numbers",
    ],
]
# Inside the packages, likewise.
LAYERS = {
    "": ROOMS,
    "commands": [
        ["_compare", "_demo", "_export", "_info", "_read", "_search", "_train"],
        ["_train_lines"],
        ["_corrections", "_handwriting", "_validation"],
        ["_data", "_output", "_photos", "_plot", "_progress"],
        ["_readers"],
        ["_ranking"],
        ["_arguments", "_interrupts", "_labelled_images", "_messages", "_targets", "_workers"],
        ["__init__"],
    ],
    "augmentation": [
        ["__init__"],
        ["_distortions"],
        ["_elastic", "_random_affine", "_random_filter", "_random_noise", "_random_patch"],
        ["_random_contrast"],
        ["_augmentation"],
        ["_draws", "_intervals"],
    ],
    "comparison": [
        ["__init__"],
        ["_by_dataset"],
        ["_measurement"],
        ["_baselines", "_comparison"],
        ["_printed_table", "_significance"],
    ],
    "datasets": [
        ["__init__"],
        ["_mnist"],
        ["_idx", "_original_files"],
    ],
    "export": [
        ["__init__"],
        ["_html", "_onnx"],
        ["_onnx_graph", "_records"],
        ["_pipelines"],
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
            "_reading_display",
            "_search_display",
            "_training_curve_display",
        ],
        ["_tiles", "_occlusion", "_steps", "_summary"],
        ["_style"],
    ],
    "_classifier": [
        ["__init__"],
        ["_estimator"],
        ["_from_keras", "_outcome"],
        ["_fit_tasks", "_fitted_state", "_rows", "_second_calls"],
    ],
    "training": [
        ["__init__"],
        ["_loop", "_keras_callbacks"],
        ["_observer"],
        ["_plan", "_history", "_samples"],
        ["_schedules"],
    ],
    "programs": [
        ["_versions"],
        ["_cache", "_export", "_feature_maps", "_import"],
        ["_choice", "_exhausted_memory"],
        ["_jax", "_numpy", "_tensorflow", "_torch"],
        ["_step"],
        ["_contract"],
        ["_keras_network", "_logits"],
        ["_optimizers"],
        ["_backend", "_limited_threads"],
        ["_notices", "_postponed_interrupts", "_setting"],
        ["__init__"],
    ],
    "programs._numpy": [
        ["__init__"],
        ["_forward", "_training"],
        ["_layers", "_trained_layers", "_updates"],
        ["_activations", "_threads"],
    ],
    "programs._jax": [
        ["__init__"],
        ["_forward", "_training"],
        ["_layers", "_rounding", "_updates"],
        ["_convolution", "_device", "_pooling"],
    ],
    "programs._tensorflow": [
        ["__init__"],
        ["_programs"],
        ["_alignment_loss"],
        ["_device", "_layers", "_tensors", "_updates"],
    ],
    "programs._torch": [
        ["__init__"],
        ["_programs"],
        ["_layers", "_updates"],
        ["_device", "_tensors"],
    ],
    "handwriting": [
        ["__init__"],
        ["_varied_lines", "_written_lines"],
        ["_line_pictures"],
        ["_line_writing"],
        ["_non_digits", "_written"],
        ["_styles"],
        ["_line_texts", "_marks", "_printed_paper"],
        ["_drawings", "_letters"],
    ],
    "preprocessing": [
        ["__init__"],
        ["_digit_framer", "_pixel_scaler"],
        ["_single_digit"],
    ],
    "ink": [
        ["contrast", "frame", "grid", "sheet", "skew"],
        ["quadrilateral", "ruling"],
        ["perspective", "straight_lines"],
        ["pictures", "strokes"],
        ["picture_files", "pieces"],
        ["box", "normalised_line", "_avif_items", "_grey_levels", "_tiff_tiles"],
        ["__init__"],
    ],
    "reading": [
        ["__init__"],
        ["_digit_reader", "_training_segments"],
        ["_judged_lines", "_recognized_lines"],
        ["_line_pictures"],
        ["_digit_string_recognizer"],
        ["_cells", "_form_reading", "_form_views", "_judged_cells"],
        ["_confidence", "_confirmation", "_rotation"],
        ["_judgement"],
        ["_read_lines"],
        [
            "_bundled",
            "_chain",
            "_form",
            "_labelled_lines",
            "_line_training",
            "_page",
            "_reading",
            "_transcript",
        ],
        [
            "_candidates",
            "_checkpoints",
            "_frame_scores",
            "_line_batches",
            "_recognizer_state",
            "_transcription",
            "_view",
        ],
        ["_alignments", "_cuts", "_line_network", "_lines", "_plotted"],
    ],
    "architectures": [
        ["__init__"],
        ["_names"],
        ["_convolutional", "_dense", "_sequential", "_spiking"],
        ["_architecture", "_blocks"],
        ["_keras_model"],
        ["_network"],
        ["_listed_layers", "_seeded_globals", "_spiking_layers"],
        ["_precision"],
        ["layers"],
        ["_initializers"],
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
            # `from skdigits import comparison` may name a module, too.
            names = [f"{statement.module}.{alias.name}" for alias in statement.names]
            modules = [name for name in names if is_module(name)]
            yield from names
            if modules != names:
                yield statement.module
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from found(statement.orelse, everywhere)
        elif everywhere or not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in ("body", "orelse", "finalbody", "handlers"):
                yield from found(getattr(statement, name, []), everywhere)


def layer_of(part, package):
    (layer,) = (i for i, parts in enumerate(LAYERS[package]) if part in parts)
    return layer


def is_below(imported, module):
    """Whether a module stands on a lower floor, in the smallest package that holds both."""
    packages = []
    for one, other in zip(parts_of(imported), parts_of(module), strict=False):
        if one != other:
            package = ".".join(packages)
            return layer_of(one, package) > layer_of(other, package)
        packages.append(one)
    return False


def parts_of(module):
    _, *parts = module.split(".")
    return [*parts, "__init__"] if ROOT.joinpath(*parts).is_dir() else parts


def is_module(name):
    path = ROOT.parent / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def own_imports(path):
    own = {name for name in imports(path, everywhere=True) if name.split(".")[0] == "skdigits"}
    return {name for name in own if is_module(name)}


@by_file
def test_imports_point_only_downward(path):
    module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    for imported in own_imports(path):
        assert is_below(imported, module.removesuffix(".__init__")), f"{module} imports {imported}"


def test_imports_are_found_wherever_they_stand():
    assert {"skdigits.training._samples", "skdigits.training._loop"} <= own_imports(
        ROOT / "_classifier/_estimator.py"
    )
    assert "skdigits.comparison" in own_imports(ROOT / "commands/_compare.py")  # Inside a function.
    assert "keras" not in imports(ROOT / "programs/_export.py", everywhere=False)
    assert "keras" in imports(ROOT / "programs/_export.py", everywhere=True)


def test_every_layer_exists():
    for package, layers in LAYERS.items():
        folder = ROOT.joinpath(*package.split(".")) if package else ROOT
        modules = {path.relative_to(folder).parts[0] for path in folder.rglob("*.py")}
        listed = {part for layer in layers for part in layer}
        assert {module.removesuffix(".py") for module in modules} <= listed | {"__init__"}
        assert listed <= {module.removesuffix(".py") for module in modules}


def test_the_table_of_layers_is_that_of_the_rooms():
    """CONTRIBUTING.md shows all rooms, each with its number."""
    path = ROOT.parent / "CONTRIBUTING.md"
    if not path.exists():
        pytest.skip("CONTRIBUTING.md is not installed")
    lines = [line.split("|") for line in path.read_text().splitlines()]
    shown = [
        (int(cells[1]), set(re.findall(r"`(\w+)(?:\.py|/)`", cells[2])))
        for cells in lines
        if len(cells) == 5 and cells[1].strip().isdigit()
    ]
    assert [number for number, _ in shown] == list(range(1, len(ROOMS) + 1))
    for (_, modules), room in zip(shown[:-1], ROOMS[:-1], strict=True):
        assert modules == {*room} - {"__init__"}
    assert shown[-1][1] <= {*ROOMS[-1]}


@by_file
def test_only_backends_import_deep_learning_libraries_at_once(path):
    found = {name.split(".")[0] for name in imports(path, everywhere=False)} & LIBRARIES
    # The programs of a backend import it, in the package that has its name.
    own = {name for name in LIBRARIES if f"_{name}" in path.parts}
    has_keras = own or path.stem in ("_keras_callbacks", "_spiking_layers", "_step")
    assert found <= (own | {"keras"} if has_keras else set())


def test_constants_are_written_once():
    """A number with a name is looked up, not written again in another module."""
    written = re.compile(r"^_?([A-Z][A-Z_]+) = (\d[\d_]*\d(?: <<.*)?|1 <<.*)$", re.MULTILINE)
    found = [it for path in MODULES for it in written.findall(path.read_text())]
    assert len({*found}) == len(found)


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
