"""Batches of lines of similar width."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdigits.reading._line_batches import LineBatches

RANDOM = np.random.default_rng(0)
PICTURES = [
    RANDOM.uniform(-1.4, 1.4, (32, 16 * n)).astype(np.float32) for n in RANDOM.integers(1, 30, 25)
]
TEXTS = [tuple(RANDOM.integers(1, 11, RANDOM.integers(0, 5)).tolist()) for _ in PICTURES]


def batches(seed=3, batch_size=4):
    return LineBatches(PICTURES, TEXTS, batch_size, seed)


def test_an_epoch_has_each_line_once():
    order = batches().order(0)
    assert_array_equal(np.sort(np.concatenate(order)), np.arange(len(PICTURES)))
    assert len(order) == batches().n_per_epoch
    assert max(map(len, order)) <= 4


def test_lines_of_a_batch_are_of_similar_width():
    widths = np.array([picture.shape[1] for picture in PICTURES])
    spread = [np.ptp(widths[places]) for places in batches().order(0)]
    assert np.mean(spread) < 0.25 * np.ptp(widths)


def test_order_depends_on_the_seed_and_the_epoch_alone():
    def joined(seed, epoch):
        return np.concatenate(batches(seed).order(epoch)).tolist()

    assert joined(3, 1) == joined(3, 1)
    assert joined(3, 1) != joined(3, 2)
    assert joined(3, 1) != joined(4, 1)


def test_a_batch_holds_its_lines_padded_with_paper():
    places = np.array([0, 7, 2])
    batch = batches().batch(places, epoch=0)
    for picture, labels, i in zip(batch.pictures[..., 0], batch.labels, places, strict=True):
        width = PICTURES[i].shape[1]
        contrast = (picture[:, :width] * PICTURES[i]).sum() / (PICTURES[i] ** 2).sum()
        assert 0.79 < contrast < 1.21
        assert_allclose(picture[:, :width], contrast * PICTURES[i], atol=0.01)
        assert np.abs(picture[:, width:]).max(initial=0) < 0.01
        assert tuple(labels[labels > 0].tolist()) == TEXTS[i]


def test_a_text_has_room_for_its_frames():
    # Equal neighbours need a frame between them: 39 frames of two pixels, in multiples of 16.
    narrow = LineBatches([np.zeros((32, 16), np.float32)], [(5,) * 20], 1, 0)
    assert narrow.batch(np.array([0]), 0).pictures.shape == (1, 32, 80, 1)


@pytest.mark.parametrize(
    "other",
    [
        LineBatches(PICTURES, TEXTS, 4, seed=4),
        LineBatches(PICTURES, [*TEXTS[:-1], (1, 2)], 4, seed=3),
        LineBatches(PICTURES[::-1], TEXTS, 4, seed=3),
        LineBatches(PICTURES, TEXTS, 5, seed=3),
    ],
    ids=["seed", "text", "pictures", "batch size"],
)
def test_fingerprints_tell_trainings_apart(other):
    assert batches().fingerprint() == batches().fingerprint() != other.fingerprint()
