"""Searches over architectures to start from.

:func:`architecture_search` sets up one of scikit-learn's own searches over a pipeline of a
:class:`~skdigits.preprocessing.PixelScaler` and a :class:`~skdigits.KerasDigitClassifier`, with a
space of candidates that suits the time available.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import (
    BaseCrossValidator,
    GridSearchCV,
    ParameterGrid,
    RandomizedSearchCV,
)
from sklearn.pipeline import make_pipeline

from skdigits._classifier import KerasDigitClassifier
from skdigits._private_names import Interval, StrOptions, validate_params
from skdigits.architectures import MLP, ConvNet, DeepConvNet, LeNet5, Softmax
from skdigits.augmentation import RandomAffine
from skdigits.preprocessing import PixelScaler

if TYPE_CHECKING:
    from sklearn.model_selection import HalvingGridSearchCV

__all__ = ["architecture_search"]

_STEP = KerasDigitClassifier.__name__.lower()
_ARCHITECTURE, _AUGMENTATION, _EPOCHS, _LEARNING_RATE = (
    f"{_STEP}__{name}" for name in ("architecture", "augmentation", "epochs", "learning_rate")
)
_LEARNING_RATES = [0.003, 0.01, 0.03]
_N_RATES = 10_001


@dataclass(frozen=True)
class _Budget:
    """Candidates, and the number of epochs of the best ones."""

    space: dict[str, list[Any]]
    epochs: int


_SHALLOW = [ConvNet(kernel_size=3), ConvNet()]
_DEEPER = ConvNet([(32, 32), (64, 64)], kernel_size=3, pool_dropout=0.2)
_SLIGHT = RandomAffine(0.1, zoom=0.05, shear=0.1, shift=0.05)
_RATES = {_LEARNING_RATE: _LEARNING_RATES}
_BUDGETS = {
    "small": _Budget({_ARCHITECTURE: [MLP(), *_SHALLOW], **_RATES}, epochs=18),
    "medium": _Budget(
        {_ARCHITECTURE: [Softmax(), MLP((256,)), LeNet5(), *_SHALLOW, _DEEPER], **_RATES}, epochs=27
    ),
    "large": _Budget(
        {
            _ARCHITECTURE: [ConvNet(), _DEEPER, DeepConvNet()],
            _AUGMENTATION: [None, _SLIGHT, RandomAffine()],
            **_RATES,
        },
        epochs=27,
    ),
}


def _randomized(pipeline: Any, space: dict[str, list[Any]], **options: Any) -> RandomizedSearchCV:
    # SciPy's distributions hold code, which cannot be saved with save_estimator.
    rates = np.geomspace(min(_LEARNING_RATES), max(_LEARNING_RATES), _N_RATES)
    return RandomizedSearchCV(
        pipeline,
        {**space, _LEARNING_RATE: rates},
        n_iter=len(ParameterGrid(space)) // 3,
        random_state=pipeline[-1].random_state,
        **options,
    )


def _halving(pipeline: Any, space: dict[str, list[Any]], **options: Any) -> Any:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    return HalvingGridSearchCV(
        pipeline,
        space,
        resource=_EPOCHS,
        min_resources=pipeline[-1].epochs // 9,
        max_resources=pipeline[-1].epochs,
        **options,
    )


_STRATEGIES: dict[str, Callable[..., Any]] = {
    "grid": GridSearchCV,
    "randomized": _randomized,
    "halving": _halving,
}


@validate_params(
    {
        "budget": [StrOptions(set(_BUDGETS))],
        "strategy": [StrOptions(set(_STRATEGIES))],
        "epochs": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def architecture_search(
    budget: str = "medium",
    *,
    strategy: str = "halving",
    epochs: int | None = None,
    scoring: str | Callable[..., float] | None = None,
    cv: int | BaseCrossValidator | Iterable[Any] = 3,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int | np.random.RandomState | None = None,
) -> GridSearchCV | RandomizedSearchCV | HalvingGridSearchCV:
    """Set up an unfitted search over architectures.

    Parameters
    ----------
    budget : {"small", "medium", "large"}, default="medium"
        Size of the search. Each budget combines three learning rates with

        - "small": an `MLP` and two `ConvNet`: 9 candidates of 18 epochs;
        - "medium": `Softmax`, a wider `MLP`, `LeNet5` and three `ConvNet`: 18 candidates of 27
          epochs;
        - "large": three convolutional networks, the largest a `DeepConvNet`, and three degrees of
          distortion by `RandomAffine`: 27 candidates of 27 epochs.
    strategy : {"halving", "grid", "randomized"}, default="halving"
        How the candidates are evaluated.

        - "halving" trains all candidates for a ninth of the epochs, the best third of them for a
          third, and the best third of those for all epochs: in total, a third of the grid's epochs;
        - "grid" trains all candidates for all epochs;
        - "randomized" draws a third as many candidates at random, with learning rates from the
          whole range between the smallest and the largest one.
    epochs : int or None, default=None
        Number of epochs per candidate; with "halving", of the best candidates. None is 18 for
        "small", else 27. Set more for a few hundred images, whose epochs are short. With
        "halving", it must be a multiple of 9.
    scoring : str, callable or None, default=None
        Score to maximise: a scikit-learn scorer, such as "neg_log_loss". None is the accuracy.
    cv : int, cross-validation generator or iterable, default=3
        Folds, as in :class:`~sklearn.model_selection.GridSearchCV`. With "halving", they must be
        the same in every call: a splitter that shuffles needs an int as `random_state`.
    n_jobs : int or None, default=None
        Number of fits that run at the same time; None is 1 unless in a
        :func:`joblib.parallel_config` context.
    verbose : int, default=0
        Verbosity of scikit-learn's search; higher values print more messages.
    random_state : int, RandomState instance or None, default=None
        Determines the networks' random numbers and, with "randomized", the candidates drawn.
        Pass an int for reproducible results, and to start all candidates from the same seed.

    Returns
    -------
    search : GridSearchCV, RandomizedSearchCV or HalvingGridSearchCV
        The unfitted search: fit it to images with labels. Its `estimator` is a
        :class:`~sklearn.pipeline.Pipeline` of the steps "pixelscaler" and "kerasdigitclassifier",
        and its candidates are in `param_grid` or `param_distributions`; you can change both.

    See Also
    --------
    sklearn.model_selection.GridSearchCV : The search returned with "grid".
    sklearn.model_selection.HalvingGridSearchCV : The search returned with "halving".
    skdigits.recipes.make_classifier : Single networks that are already tuned.

    Notes
    -----
    The number of fits with three folds, without the final fit of the best candidate to all data:

    ======  ==========  ============  ==================  ===============
    budget  candidates  fits by grid  fits by randomized  fits by halving
    ======  ==========  ============  ==================  ===============
    small   9           27            9                   27 + 9 + 3
    medium  18          54            18                  54 + 18 + 6
    large   27          81            27                  81 + 27 + 9
    ======  ==========  ============  ==================  ===============

    The candidates of "small" and "medium" train on the images as they are, those of "large" also
    on distorted images, as the default of :class:`~skdigits.KerasDigitClassifier` does.

    On two cores, halving takes about 20 seconds ("small") or 90 seconds ("medium") for
    :func:`~sklearn.datasets.load_digits`. For 10,000 images of MNIST it takes minutes ("small"), a
    quarter of an hour ("medium") or most of an hour ("large"); the grid takes up to three times as
    long. Halving trains for a third of the grid's epochs, but most of these are epochs of large
    networks.

    References
    ----------
    K. Jamieson and A. Talwalkar (2016). Non-stochastic best arm identification and hyperparameter
    optimization. AISTATS, PMLR 51, 240-248.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits.architectures import MLP, Softmax
    >>> from skdigits.search import architecture_search
    >>> X, y = load_digits(return_X_y=True)
    >>> search = architecture_search("small", random_state=0)
    >>> search.param_grid["kerasdigitclassifier__architecture"]
    [MLP(), ConvNet(kernel_size=3), ConvNet()]

    You can try other architectures:

    >>> search.param_grid["kerasdigitclassifier__architecture"] = [Softmax(), MLP()]
    >>> search.fit(X[:500], y[:500]).best_params_["kerasdigitclassifier__architecture"]
    MLP()
    """
    chosen = _BUDGETS[budget]
    epochs = chosen.epochs if epochs is None else epochs
    if strategy == "halving" and epochs % 9:
        raise ValueError(
            "epochs must be a multiple of 9 with strategy='halving', whose rounds train for a "
            f"ninth, a third and all of them; got {epochs}."
        )
    classifier = KerasDigitClassifier(epochs=epochs, random_state=random_state)
    return _STRATEGIES[strategy](
        make_pipeline(PixelScaler(), classifier),
        deepcopy(chosen.space),
        scoring=scoring,
        cv=cv,
        n_jobs=n_jobs,
        verbose=verbose,
    )
