"""The distortions of this package."""

from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._elastic import Elastic
from skdigits.augmentation._random_affine import RandomAffine
from skdigits.augmentation._random_contrast import RandomContrast
from skdigits.augmentation._random_filter import RandomFilter
from skdigits.augmentation._random_noise import RandomNoise
from skdigits.augmentation._random_patch import RandomPatch

DISTORTIONS: tuple[type[Augmentation], ...] = (
    RandomAffine,
    Elastic,
    RandomContrast,
    RandomFilter,
    RandomNoise,
    RandomPatch,
)
