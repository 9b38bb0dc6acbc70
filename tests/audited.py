"""What a file must not do when it is read: import, start, connect, write, run code, unpickle."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FORBIDDEN = {
    "ctypes.dlopen", "exec", "marshal.loads", "os.chmod", "os.chown", "os.exec", "os.fork",
    "os.forkpty", "os.link", "os.mkdir", "os.posix_spawn", "os.remove", "os.rename", "os.rmdir",
    "os.spawn", "os.startfile", "os.symlink", "os.system", "os.truncate", "pickle.find_class",
    "pty.spawn", "subprocess.Popen", "webbrowser.open",
}  # fmt: skip
_FORBIDDEN_MODULES = ("shutil.", "socket.", "tempfile.")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# What the threads that watch have seen.
_watching: dict[int, list[str]] = {}
_is_hooked = False


@contextmanager
def watched() -> Iterator[list[str]]:
    """Give a list of what this thread does of the forbidden, and of modules imported."""
    global _is_hooked
    if not _is_hooked:
        sys.addaudithook(_hook)  # Nothing removes a hook.
        _is_hooked = True
    seen: list[str] = []
    modules = set(sys.modules)
    thread = threading.get_ident()
    _watching[thread] = seen
    try:
        yield seen
    finally:
        del _watching[thread]
        # The audit event "import" is not raised by importlib.
        seen += [f"import {name}" for name in sys.modules.keys() - modules]


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    seen = _watching.get(threading.get_ident())
    if seen is None:
        return
    if event == "open":
        _, _, flags = arguments
        is_forbidden = isinstance(flags, int) and bool(_WRITING & flags)
    else:
        is_forbidden = event in FORBIDDEN or event.startswith(_FORBIDDEN_MODULES)
    if is_forbidden:
        seen.append(f"{event} {arguments}"[:300])
