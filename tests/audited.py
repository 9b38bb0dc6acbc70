"""What a file must not do when it is read: import, start, connect, write, run code, unpickle."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

FORBIDDEN = {
    "ctypes.dlopen", "exec", "marshal.loads", "os.exec", "os.fork",
    "os.forkpty", "os.posix_spawn", "os.remove", "os.rename", "os.rmdir", "os.spawn",
    "os.startfile", "os.system", "pickle.find_class", "pty.spawn", "subprocess.Popen",
    "webbrowser.open",
}  # fmt: skip
_WRITING = frozenset("wax+")

_watching: list[list[str]] = []
_is_hooked = False


@contextmanager
def watched() -> Iterator[list[str]]:
    """Give a list of what Python reports of the forbidden in the block, and of modules imported."""
    global _is_hooked
    if not _is_hooked:
        sys.addaudithook(_hook)  # Nothing removes a hook.
        _is_hooked = True
    seen: list[str] = []
    modules = set(sys.modules)
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
        # The audit event "import" is not raised by importlib.
        seen += [f"import {name}" for name in sys.modules.keys() - modules]


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event == "open":
        _, mode, _ = arguments
        is_forbidden = isinstance(mode, str) and bool(_WRITING & set(mode))
    else:
        is_forbidden = event in FORBIDDEN or event.startswith("socket.")
    if is_forbidden:
        for seen in _watching:
            seen.append(f"{event} {arguments}"[:300])
