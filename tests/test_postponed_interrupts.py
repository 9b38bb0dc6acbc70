"""Ctrl-C waits where it would leave a backend broken, and is not lost."""

import signal
import threading

import keras
import pytest
from small_networks import small

from skdigits.architectures import ConvNet
from skdigits.augmentation import Augmentation
from skdigits.programs import _backend
from skdigits.programs._postponed_interrupts import postponed_interrupts

pytestmark = pytest.mark.usefixtures("pythons_own_handler")


def press():
    signal.raise_signal(signal.SIGINT)


def run(*steps):
    """Take steps in the block, and tell how many were taken, and which interrupt came."""
    n_taken = 0
    try:
        with postponed_interrupts():
            for step in steps:
                step()
                n_taken += 1
    except KeyboardInterrupt as interrupt:
        return n_taken, interrupt
    return n_taken, None


def nothing():
    pass


def fail():
    raise ValueError("a network that is none")


def test_an_interrupt_waits_for_the_end_of_the_block():
    n_taken, interrupt = run(press, nothing)
    assert n_taken == 2
    assert interrupt is not None


def test_a_second_interrupt_does_not_wait():
    n_taken, interrupt = run(press, press, nothing)
    assert n_taken == 1
    assert interrupt is not None


def test_it_comes_after_an_error_of_the_block():
    _, interrupt = run(press, fail)
    assert isinstance(interrupt.__context__, ValueError)


def test_blocks_in_blocks_end_with_the_outermost():
    inner = []
    n_taken, interrupt = run(lambda: inner.append(run(press)), nothing)
    assert inner == [(1, None)]
    assert n_taken == 2
    assert interrupt is not None


def test_nothing_happens_without_an_interrupt():
    assert run(nothing) == (1, None)


def test_handlers_of_others_are_called_once():
    seen = []
    own = lambda *_: seen.append("own")  # noqa: E731
    before = signal.signal(signal.SIGINT, own)
    try:
        with postponed_interrupts():
            press()
            assert seen == []
        assert seen == ["own"]
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_ignored_interrupt_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with postponed_interrupts():
            press()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_threads_may_use_it():
    finished = []

    def run():
        with postponed_interrupts():
            finished.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert finished == [True]


def test_the_import_of_a_backend_is_whole(monkeypatch):
    imported = []

    def import_slowly():
        press()
        imported.append("programs")

    monkeypatch.setattr(_backend, "_import_programs", import_slowly)
    with pytest.raises(KeyboardInterrupt):
        _backend.require_backend()
    assert imported == ["programs"]


class Pressing(Augmentation):
    """Ctrl-C is pressed while the computation is traced."""

    traced: list = []  # noqa: RUF012

    def __call__(self, images, seed):
        if not self.traced:
            press()
        self.traced.append(True)
        return images


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="others compute step by step")
@pytest.mark.filterwarnings("ignore:Training was interrupted")
def test_tracing_is_whole(monkeypatch, X, y):
    monkeypatch.setattr(Pressing, "traced", [])
    architecture = ConvNet((2,), kernel_size=3)
    classifier = small(architecture=architecture, augmentation=Pressing()).fit(X, y)
    assert Pressing.traced
    assert classifier.n_iter_ == 0
    assert small(architecture=architecture, augmentation=Pressing()).fit(X, y).n_iter_ == 2
