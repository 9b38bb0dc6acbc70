"""Pictures of digits, training, networks and comparisons.

Display objects like those of scikit-learn: the class methods `from_...` compute and draw, the
computed values are attributes, and `plot` draws them again in another style. They need Matplotlib:
``pip install "skdigits[plot]"``. For confusion matrices, and for the score against the number of
training images, use scikit-learn's own :class:`~sklearn.metrics.ConfusionMatrixDisplay` and
:class:`~sklearn.model_selection.LearningCurveDisplay`.
"""

from skdigits.plotting._comparison_display import ComparisonDisplay
from skdigits.plotting._digits_display import DigitsDisplay
from skdigits.plotting._filters_display import FiltersDisplay
from skdigits.plotting._live_training_curve import LiveTrainingCurve
from skdigits.plotting._reading_display import ReadingDisplay
from skdigits.plotting._search_display import SearchDisplay
from skdigits.plotting._training_curve_display import TrainingCurveDisplay

__all__ = [
    "ComparisonDisplay",
    "DigitsDisplay",
    "FiltersDisplay",
    "LiveTrainingCurve",
    "ReadingDisplay",
    "SearchDisplay",
    "TrainingCurveDisplay",
]
