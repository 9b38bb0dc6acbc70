"""A classifier taken apart: the scalers of its pixels, and its network."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler
from sklearn.utils.validation import check_is_fitted

from skdigits._classifier import KerasDigitClassifier
from skdigits.architectures import Network
from skdigits.preprocessing import DigitFramer, PixelScaler
from skdigits.programs._numpy._forward import can_predict

SCALERS = (PixelScaler, MinMaxScaler, MaxAbsScaler)


def taken_apart(
    classifier: Any, *, may_frame: bool
) -> tuple[list[Any], KerasDigitClassifier, Network]:
    """Return the scalers that pixels go through, the fitted classifier, and its network.

    Raises
    ------
    ValueError
        If the classifier is anything but a network with records, after scalers of pixels and, if it
        `may_frame`, a :class:`~skdigits.preprocessing.DigitFramer`, which is left out.
    """
    fitted = getattr(classifier, "best_estimator_", classifier)
    steps = [step for _, step in fitted.steps] if isinstance(fitted, Pipeline) else [fitted]
    steps = [step for step in steps if step not in (None, "passthrough")]
    scalers, last = steps[:-1], steps[-1] if steps else None
    if scalers and type(scalers[0]) is DigitFramer:
        if not may_frame:
            raise ValueError(
                "DigitFramer cannot be part of the file. Frame pictures before, and leave it out, "
                f"as in pipeline[1:]: got {classifier!r}."
            )
        del scalers[0]
    if not isinstance(last, KerasDigitClassifier) or any(type(it) not in SCALERS for it in scalers):
        names = [kind.__name__ for kind in SCALERS] + ["DigitFramer"] * may_frame
        raise ValueError(
            "Expected a KerasDigitClassifier, or a Pipeline that ends in one and begins with "
            f"{', '.join(names[:-1])} or {names[-1]}, got {classifier!r}."
        )
    check_is_fitted(fitted)
    network = last._network_
    if not isinstance(network, Network) or not can_predict(network):
        raise ValueError(
            f"The network of {last.architecture_!r} has layers without records in "
            "skdigits.architectures.layers: expected one that is made of these."
        )
    if last.pixel_range is not None:
        own = PixelScaler(last.pixel_range, out_of_range="ignore")
        scalers.append(own.fit(np.zeros((1, last.n_features_in_))))
    return scalers, last, network
