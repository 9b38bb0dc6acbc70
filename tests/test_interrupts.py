"""commands/_interrupts: Ctrl-C is not lost in what is run. The commands: test_interrupted.py."""

import signal
import threading
import warnings
from contextlib import suppress

import pytest

from skdigits.commands._interrupts import uninterrupted

pytestmark = pytest.mark.usefixtures("pythons_own_handler")


def press():
    signal.raise_signal(signal.SIGINT)


def press_in_vain():
    with suppress(KeyboardInterrupt):
        press()


def run(steps, consequence=""):
    """Run steps in the block, and tell which were reached, and how it ended."""
    reached = []
    try:
        with uninterrupted(consequence) as check:
            for name, step in steps.items():
                reached.append(name)
                step(check)
        reached.append("after the block")
    except KeyboardInterrupt as interrupt:
        return reached, interrupt
    return reached, None


def test_interrupt_that_nobody_catches():
    steps = {"fit": lambda check: press(), "next": lambda check: None}
    reached, interrupt = run(steps, "nothing is saved")
    assert reached == ["fit"]
    assert str(interrupt) == "nothing is saved"


def test_swallowed_interrupt_ends_the_block():
    steps = {"fit": lambda check: press_in_vain(), "next": lambda check: None}
    reached, interrupt = run(steps)
    assert reached == ["fit", "next"]
    assert interrupt is not None


def test_swallowed_interrupt_is_raised_by_the_check():
    steps = {
        "before": lambda check: check(),
        "fit": lambda check: press_in_vain(),
        "check": lambda check: check(),
        "next": lambda check: None,
    }
    reached, interrupt = run(steps)
    assert reached == ["before", "fit", "check"]
    assert interrupt is not None


def test_interrupt_that_became_another_error():
    def half_imported(check):
        press_in_vain()
        raise ImportError("half imported")

    _, interrupt = run({"import": half_imported})
    assert isinstance(interrupt.__cause__, ImportError)


def test_nothing_happened():
    assert run({"fit": lambda check: check()}) == (["fit", "after the block"], None)


def test_other_errors_pass():
    with pytest.raises(ValueError, match="no"), uninterrupted():
        raise ValueError("no")


def test_warning_of_a_fit_that_is_not_kept_is_not_shown():
    with uninterrupted():
        warnings.warn("Training was interrupted after 1 of 2 epochs", UserWarning, stacklevel=1)


def test_handlers_of_others_are_left():
    seen = []
    own = lambda *_: seen.append("own")  # noqa: E731
    before = signal.signal(signal.SIGINT, own)
    try:
        with uninterrupted() as check:
            press()
            check()
        assert seen == ["own"]
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_threads_may_use_it():
    """Signals come to the main thread alone, and it alone may handle them."""
    finished = []

    def run():
        with uninterrupted() as check:
            check()
        finished.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert finished == [True]
