"""A grid search of 3 architectures x 4 learning rates x 5 folds on load_digits, cold and again.

Each contestant runs in a fresh process; importing is not timed, compiling is. Keras' wrapper
takes its epochs by a subclass: ``clone`` drops the ones given to its constructor.

    python benchmarks/grid_search.py
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from figures import WRITING, written_to
from pairs import answer_of_fresh_process, print_table

EPOCHS = 20
LEARNING_RATES = [0.0005, 0.001, 0.002, 0.004]
HIDDEN = [(64,), (128,), (64, 64)]


def search_skdigits():
    import keras  # noqa: F401  (imported by both contestants before the clock starts)

    from skdigits import KerasDigitClassifier
    from skdigits.architectures import MLP

    classifier = KerasDigitClassifier(
        epochs=EPOCHS, batch_size=64, learning_rate_schedule="constant", random_state=0
    )
    return classifier, {
        "net__architecture": [MLP(sizes) for sizes in HIDDEN],
        "net__learning_rate": LEARNING_RATES,
    }


def search_keras_wrapper():
    import keras
    from keras.wrappers import SKLearnClassifier

    def build(X, y, hidden=(64,), learning_rate=0.001):
        model = keras.Sequential([keras.Input(X.shape[1:])])
        for n_neurons in hidden:
            model.add(keras.layers.Dense(n_neurons, activation="relu"))
        model.add(keras.layers.Dense(y.shape[1], activation="softmax"))
        model.compile(keras.optimizers.Adam(learning_rate), "categorical_crossentropy")
        return model

    class ForEpochs(SKLearnClassifier):
        def fit(self, X, y):
            return super().fit(X, y, epochs=EPOCHS, batch_size=64, verbose=0)

        def predict(self, X):
            return self._reverse_process_target(self.model_.predict(X, verbose=0))

    candidates = [
        {"hidden": hidden, "learning_rate": rate} for hidden in HIDDEN for rate in LEARNING_RATES
    ]
    return ForEpochs(build), {"net__model_kwargs": candidates}


def search_sklearn():
    from sklearn.neural_network import MLPClassifier

    classifier = MLPClassifier(
        max_iter=EPOCHS, batch_size=64, tol=0, n_iter_no_change=EPOCHS, random_state=0
    )
    return classifier, {
        "net__hidden_layer_sizes": HIDDEN,
        "net__learning_rate_init": LEARNING_RATES,
    }


SEARCHES = {
    "skdigits": search_skdigits,
    "keras.wrappers": search_keras_wrapper,
    "MLPClassifier": search_sklearn,
}


def run(name: str) -> None:
    """Search twice, and print what was found as a line of JSON."""
    import warnings

    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline

    from skdigits import PixelScaler

    warnings.simplefilter("ignore")
    classifier, grid = SEARCHES[name]()
    X, y = load_digits(return_X_y=True)
    pipeline = Pipeline([("scale", PixelScaler()), ("net", classifier)])
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        search = GridSearchCV(pipeline, grid, cv=5, refit=False, error_score="raise").fit(X, y)
        seconds.append(time.perf_counter() - started)
    compilations = None
    if name == "skdigits":
        from skdigits.training import cache_info

        compilations = tuple(cache_info())
    best = float(search.cv_results_["mean_test_score"].max())
    print(json.dumps({"seconds": seconds, "best": best, "cache": compilations}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", choices=SEARCHES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(arguments.run)
        return
    with written_to(arguments.write):
        compare(arguments.rounds)


def compare(n_rounds: int) -> None:
    results: dict[str, list[dict]] = {name: [] for name in SEARCHES}
    for _ in range(n_rounds):
        for name, found in results.items():
            found.append(answer_of_fresh_process(__file__, "--run", name))
    seconds = {
        name: np.median([result["seconds"] for result in found], axis=0)
        for name, found in results.items()
    }
    rows = []
    for name, found in results.items():
        (cold, warm), ratios = seconds[name], seconds[name] / seconds["skdigits"]
        rows.append(
            [name, f"{cold:.1f}", f"{ratios[0]:.1f}", f"{warm:.1f}", f"{ratios[1]:.1f}",
             f"{found[0]['best']:.4f}"]
        )  # fmt: skip
    print_table(
        ["60 fits of 20 epochs", "seconds", "of ours", "again", "of ours", "best accuracy"], rows
    )
    size, _, hits, compilations = results["skdigits"][0]["cache"]
    print(
        f"skdigits held {size} programs ({len(HIDDEN)} that train, {len(HIDDEN)} that predict), "
        f"compiled {compilations} and found them ready {hits} times."
    )


if __name__ == "__main__":
    main()
