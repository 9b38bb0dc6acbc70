"""Intervals of parameters."""

from numbers import Real

from skdigits._private_names import Interval

FRACTION = Interval(Real, 0, 1, closed="both")
GREY_LEVEL = Interval(Real, None, None, closed="neither")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
