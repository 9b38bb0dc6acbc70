"""Fits of extreme data with extreme parameters; benchmarks/extremes.py makes thousands of them."""

from extreme_fits import cases, check
from hypothesis import HealthCheck, given, settings


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_a_fit_predicts_or_says_why_not(case):
    check(case)
