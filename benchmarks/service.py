"""The web service of examples/web_service.py: requests per second, and how long one takes.

The server runs in a process of its own, and its clients in threads of this one, each with a
connection that stays open. Clients and server share the cores.

    python benchmarks/service.py
    python benchmarks/service.py --seconds 1 --clients 1 4
"""

import argparse
import http.client
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from figures import WRITING, written_to
from pairs import print_table
from PIL import Image
from sklearn.datasets import load_digits

SERVICE = Path(__file__).parents[1] / "examples" / "web_service.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("--seconds", type=float, default=10, help="for each line of the table")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    arguments = parser.parse_args()
    with written_to(arguments.write):
        measure(arguments.clients, arguments.seconds)


def measure(clients: Sequence[int], n_seconds: float) -> None:
    requests = {
        "classify 1 image": ("/classify", images(1)),
        "classify 100 images": ("/classify", images(100)),
        "read a field of 5 digits": ("/read?n_digits=5", field()),
    }
    rows = []
    with service() as port:
        for name, (path, body) in requests.items():
            for n_clients in clients:
                seconds, elapsed = latencies(port, path, body, n_clients, n_seconds)
                p50, p99 = 1e3 * np.percentile(seconds, [50, 99])
                rate = len(seconds) / elapsed
                rows.append([name, n_clients, f"{rate:.1f}", f"{p50:.1f}", f"{p99:.1f}"])
    print_table([f"on {os.cpu_count()} cores", "clients", "requests/s", "p50 ms", "p99 ms"], rows)


def images(n_images: int) -> bytes:
    digits = 255 * load_digits().images[:n_images].repeat(2, axis=1).repeat(2, axis=2) / 16
    return np.pad(digits, [(0, 0), (6, 6), (6, 6)]).astype(np.uint8).tobytes()


def field() -> bytes:
    """Draw five digits with soft edges, dark on light, as a PNG file."""
    digits = load_digits().images[10:15]
    inked = [Image.fromarray(np.uint8(255 / 16 * digit)).resize((64, 64)) for digit in digits]
    photo = 240 - np.pad(0.8 * np.hstack(inked), 20)
    stream = io.BytesIO()
    Image.fromarray(photo.astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


@contextmanager
def service() -> Iterator[int]:
    """Start the service, and yield its port."""
    process = subprocess.Popen(
        [sys.executable, str(SERVICE), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline()
        if not address:
            raise RuntimeError(f"{SERVICE} did not start: run it to see why")
        yield int(address.rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.wait()


def latencies(
    port: int, path: str, body: bytes, n_clients: int, n_seconds: float
) -> tuple[list[float], float]:
    """Return how long each request took, and the time from the first to the end of the last."""
    found: list[float] = []
    failures: list[BaseException] = []
    begin = threading.Barrier(n_clients + 1)
    stop = threading.Event()

    def ask() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            request(connection, path, body)  # opens the connection
            begin.wait()
            while not stop.is_set():
                started = time.perf_counter()
                request(connection, path, body)
                found.append(time.perf_counter() - started)

    def run() -> None:
        try:
            ask()
        except BaseException as error:
            failures.append(error)
            begin.abort()

    threads = [threading.Thread(target=run) for _ in range(n_clients)]
    for thread in threads:
        thread.start()
    try:
        begin.wait()
        started = time.perf_counter()
        time.sleep(n_seconds)
    except threading.BrokenBarrierError:
        started = time.perf_counter()
    stop.set()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return found, time.perf_counter() - started


def request(connection: http.client.HTTPConnection, path: str, body: bytes) -> None:
    connection.request("POST", path, body)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {content[:200]!r}")


if __name__ == "__main__":
    main()
