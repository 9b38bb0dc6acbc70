"""Augmentation: training images distorted at random, anew in each epoch.

A distortion is a parameter object in scikit-learn's sense, like an architecture: it can be cloned
and printed, and the parameters of a single one can be searched as ``augmentation__<parameter>``. It
is part of the compiled training program and is not used in prediction. Several are applied in turn:
``augmentation=[RandomAffine(), Elastic()]``.
"""

from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._augmentation import resolve_augmentation as resolve_augmentation
from skdigits.augmentation._distortions import DISTORTIONS as DISTORTIONS
from skdigits.augmentation._elastic import Elastic
from skdigits.augmentation._random_affine import RandomAffine
from skdigits.augmentation._random_contrast import RandomContrast
from skdigits.augmentation._random_filter import RandomFilter
from skdigits.augmentation._random_noise import RandomNoise
from skdigits.augmentation._random_patch import RandomPatch

__all__ = [
    "Augmentation",
    "Elastic",
    "RandomAffine",
    "RandomContrast",
    "RandomFilter",
    "RandomNoise",
    "RandomPatch",
]
