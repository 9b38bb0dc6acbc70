"""A web service that reads digits, with nothing but the standard library and skdigits.

    python examples/web_service.py --port 8000

    curl localhost:8000
    curl --data-binary @page.jpg localhost:8000/read
    curl --data-binary @page.jpg "localhost:8000/read?n_digits=5"
    curl --data-binary @digits.raw localhost:8000/classify

`/read` takes a picture file and answers with the digits on it, as JSON. `/classify` takes images of
28x28 bytes, one after the other, from 0 (paper) to 255 (ink), and answers with their labels and
probabilities. An error is an object with the key "error".
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image
from threadpoolctl import threadpool_limits

from skdigits import set_backend
from skdigits.persistence import read_estimator
from skdigits.reading import DigitReader, load_recognizer

MAX_BYTES = 10_000_000  # of a body
MAX_PIXELS = 20_000_000  # of a picture, decoded
MAX_IMAGES = 100  # of a request to classify
MAX_DIGITS = 30  # that a field may have
MAX_CONNECTIONS = 64  # others wait until one of these is closed
SECONDS = 10  # that a client may be silent for
FORMATS = ("JPEG", "PNG", "WEBP")
SIDE = 28
CHUNK = 65_536  # bytes
_TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Refusal(Exception):
    """An answer to a request that the service does not fulfil."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Service:
    """The networks, loaded once, and what requests do with them, in as many threads as there are.

    Prediction changes nothing, so threads share the networks. Each request computes on one core; if
    there are more requests than cores, they take turns, which also bounds the memory for pictures.
    """

    def __init__(self, model: str | None = None) -> None:
        classifier = None if model is None else read_estimator(model)
        self.reader = DigitReader(classifier, recognizer=load_recognizer())
        self.classifier = self.reader.classifier
        self.labels = [str(label) for label in self.classifier.classes_]
        self._turns = threading.BoundedSemaphore(os.cpu_count() or 1)
        # What the first prediction sets up, no client has to wait for.
        self.classify(bytes(SIDE * SIDE))
        self.reader.read(np.pad(np.zeros((90, 10), np.uint8), 60, constant_values=255))

    def classify(self, body: bytes) -> dict[str, Any]:
        n_images, rest = divmod(len(body), SIDE * SIDE)
        if rest or not 1 <= n_images <= MAX_IMAGES:
            raise Refusal(
                HTTPStatus.BAD_REQUEST,
                f"the body must be 1 to {MAX_IMAGES} images of {SIDE * SIDE} bytes each, got "
                f"{len(body)} bytes",
            )
        rows = np.frombuffer(body, np.uint8).reshape(n_images, -1)
        with self._turns:
            probabilities = self.classifier.predict_proba(rows)
        labels = [self.labels[best] for best in probabilities.argmax(axis=1)]
        return {"labels": labels, "probabilities": probabilities.astype(float).round(6).tolist()}

    def read(self, body: bytes, n_digits: int | None) -> dict[str, Any]:
        with self._turns:
            picture = self._opened(body)
            try:
                if n_digits is None:
                    return self.reader.read(picture).to_dict()
                return self.reader.read_field(picture, n_digits=n_digits).to_dict()
            except ValueError as error:
                raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error

    def _opened(self, body: bytes) -> Image.Image:
        """Look at the size of a picture, which is decoded later."""
        try:
            picture = Image.open(io.BytesIO(body), formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise Refusal(_TOO_LARGE, str(error)) from error
        except Exception as error:  # Pillow's plugins raise many kinds.
            raise Refusal(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"the body must be a picture in one of the formats {', '.join(FORMATS)}",
            ) from error
        if picture.width * picture.height > MAX_PIXELS:
            raise Refusal(
                _TOO_LARGE,
                f"the picture has {picture.width} x {picture.height} pixels, more than "
                f"{MAX_PIXELS}",
            )
        return picture


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"  # Connections stay open for further requests.
    disable_nagle_algorithm = True
    timeout = SECONDS
    server_version, sys_version = "skdigits", ""
    server: Server

    def do_GET(self) -> None:
        limits = {"bytes": MAX_BYTES, "pixels": MAX_PIXELS, "images": MAX_IMAGES}
        if urlsplit(self.path).path == "/":
            self._answer(HTTPStatus.OK, {"labels": self.server.service.labels, "limits": limits})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there are /, /read and /classify"})

    def do_POST(self) -> None:
        try:
            answer = self._fulfil(self._body())
        except Refusal as refusal:
            self._answer(refusal.status, {"error": str(refusal)})
            if self.close_connection:
                self._discard()
        except OSError:  # The client is gone, or silent.
            raise
        except Exception:
            self.close_connection = True
            error = {"error": "the service failed, which is not the fault of the request"}
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, error)
            raise  # to be logged
        else:
            self._answer(HTTPStatus.OK, answer)

    def _fulfil(self, body: bytes) -> dict[str, Any]:
        url = urlsplit(self.path)
        if url.path == "/classify":
            return self.server.service.classify(body)
        if url.path != "/read":
            raise Refusal(HTTPStatus.NOT_FOUND, "there are /read and /classify")
        text = parse_qs(url.query).get("n_digits", [""])[-1]
        if text and text not in map(str, range(1, MAX_DIGITS + 1)):
            raise Refusal(
                HTTPStatus.BAD_REQUEST,
                f"n_digits must be a whole number from 1 to {MAX_DIGITS}, got {text[:20]!r}",
            )
        return self.server.service.read(body, int(text) if text else None)

    def _body(self) -> bytes:
        """Read the body, unless it is too large: then the connection is closed after the answer."""
        self.close_connection, wanted = True, self.close_connection
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not length:
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "the request needs a Content-Length")
        if not (length.isascii() and length.isdigit()):
            raise Refusal(HTTPStatus.BAD_REQUEST, "Content-Length must be a number")
        if len(length) > 12 or int(length) > MAX_BYTES:
            raise Refusal(_TOO_LARGE, f"the body must have at most {MAX_BYTES} bytes")
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(HTTPStatus.CONTINUE)
            self.end_headers()
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Refusal(HTTPStatus.BAD_REQUEST, f"the body ended after {len(body)} bytes")
        self.close_connection = wanted
        return body

    def handle_expect_100(self) -> bool:
        """Leave it to :meth:`_body` to ask for a body that is not too large."""
        return True

    def _discard(self) -> None:
        """Let a client that is still sending reach the point where it reads the answer."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        left = 2 * MAX_BYTES
        while left > 0 and (part := self.rfile.read1(CHUNK)):
            left -= len(part)

    def _answer(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    """A thread for each connection, up to a number of them."""

    request_queue_size = 128  # connections that the system keeps waiting

    def __init__(self, address: tuple[str, int], service: Service) -> None:
        super().__init__(address, Handler)
        self.service = service
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._free.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1", help="address (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--model", type=Path, help="classifier of 28x28 pixels by save_estimator")
    arguments = parser.parse_args()
    # NumPy alone, so that no request waits for the import of another backend. Requests share the
    # cores; threads of a single product of matrices would only wait.
    set_backend("numpy")
    with (
        threadpool_limits(1),
        Server((arguments.host, arguments.port), Service(arguments.model)) as server,
    ):
        try:
            print(f"http://{server.server_address[0]}:{server.server_port}", flush=True)
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
