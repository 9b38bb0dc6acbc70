"""examples/web_service.py: a server that answers, refuses and goes on."""

import http.client
import importlib.util
import io
import json
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

FILE = Path(__file__).parents[1] / "examples" / "web_service.py"


@pytest.fixture(scope="module")
def module():
    spec = importlib.util.spec_from_file_location("web_service", FILE)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "web_service", module)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture(scope="module")
def server(module):
    with threadpool_limits(1), module.Server(("127.0.0.1", 0), module.Service()) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def connection(server):
    with closing(connect(server)) as connection:
        yield connection


def connect(server):
    return http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)


def ask(connection, path, body=None, **headers):
    connection.request("GET" if body is None else "POST", path, body, headers)
    answer = connection.getresponse()
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status, json.loads(answer.read())


def digits_28x28(n):
    small = load_digits().images[:n]
    return np.pad(255 * small.repeat(2, 1).repeat(2, 2) / 16, [(0, 0), (6, 6), (6, 6)]).astype("u1")


def png_of(*digits):
    rows = np.hstack([load_digits().images[digit] for digit in digits])
    photo = 240 - 13 * np.pad(rows, 6).repeat(6, axis=0).repeat(6, axis=1)
    stream = io.BytesIO()
    Image.fromarray(photo.astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_says_what_it_can(connection, module):
    status, answer = ask(connection, "/")
    assert status == 200
    assert answer["labels"] == list("0123456789")
    assert answer["limits"]["pixels"] == module.MAX_PIXELS


def test_classifies_as_the_classifier_does(connection, server):
    images = digits_28x28(20)
    status, answer = ask(connection, "/classify", images.tobytes())
    assert status == 200
    expected = server.service.classifier.predict_proba(images.reshape(20, -1))
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-6)
    assert answer["labels"] == [str(best) for best in expected.argmax(axis=1)]


def test_reads_as_the_reader_does(connection, server):
    png = png_of(3, 6)
    reader = server.service.reader
    photo = Image.open(io.BytesIO(png))
    assert ask(connection, "/read", png) == (200, reader.read(photo).to_dict())
    expected = reader.read_field(photo, n_digits=2).to_dict()
    assert ask(connection, "/read?n_digits=2", png) == (200, expected)


def test_many_clients_get_the_answers_of_one(server):
    images = digits_28x28(6)

    def work(i):
        with closing(connect(server)) as connection:
            classified = [ask(connection, "/classify", images[j].tobytes()) for j in (i, 5 - i)]
            return classified, ask(connection, "/read", png_of(i))

    alone = list(map(work, range(6)))
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(work, range(6)))
    assert together == alone
    assert all(status == 200 for _, (status, _) in alone)


def test_the_networks_are_loaded_once(server, connection, module, monkeypatch):
    monkeypatch.setattr(module, "DigitReader", None)
    monkeypatch.setattr("skdigits.persistence.read_estimator", None)
    assert ask(connection, "/classify", bytes(784))[0] == 200


def test_a_model_of_ones_own(module, tmp_path):
    from sklearn.linear_model import LogisticRegression

    from skdigits.persistence import save_estimator

    images = digits_28x28(100).reshape(100, -1)
    labels = load_digits().target[:100]
    save_estimator(LogisticRegression().fit(images / 255, labels), tmp_path / "it.skops")
    service = module.Service(tmp_path / "it.skops")
    assert len(service.classify(bytes(784))["labels"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/", b"", 404, "there are /read and /classify"),
        ("/nothing", None, 404, "there are /, /read and /classify"),
        ("/classify", b"", 400, "1 to 100 images of 784 bytes each, got 0 bytes"),
        ("/classify", bytes(785), 400, "got 785 bytes"),
        ("/classify", bytes(784 * 101), 400, "got 79184 bytes"),
        ("/read", b"", 415, "a picture in one of the formats JPEG, PNG, WEBP"),
        ("/read", b"%!PS-Adobe-3.0 EPSF-3.0\n", 415, "a picture in one of the formats"),
        ("/read?n_digits=0", b"", 400, "n_digits must be a whole number from 1 to 30, got '0'"),
        ("/read?n_digits=%D9%A3", b"", 400, "n_digits must be a whole number from 1 to 30"),
        ("/read", png_of(1)[:150], 422, "damaged"),
    ],
)
def test_wrong_requests_are_refused_and_the_connection_goes_on(
    path, body, status, message, connection
):
    found, answer = ask(connection, path, body)
    assert found == status
    assert message in answer["error"]
    assert ask(connection, "/classify", bytes(784))[0] == 200


def test_large_pictures_are_refused_before_they_are_decoded(connection, module, peak):
    stream = io.BytesIO()
    Image.new("1", (5_000, module.MAX_PIXELS // 5_000 + 1)).save(stream, "PNG")
    before = peak()
    status, answer = ask(connection, "/read", stream.getvalue())
    assert status == 413
    assert "5000 x 4001 pixels, more than 20000000" in answer["error"]
    assert peak() - before < 1_000_000


def test_clients_that_send_too_much_get_an_answer(connection, module):
    status, answer = ask(connection, "/read", bytes(module.MAX_BYTES + 1_000_000))
    assert status == 413
    assert "at most 10000000 bytes" in answer["error"]


@pytest.mark.parametrize(("length", "first"), [(784, "100 Continue"), (10_000_001, "413 ")])
def test_clients_that_ask_first_are_told(length, first, server):
    request = f"POST /classify HTTP/1.1\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as opened:
        opened.sendall(request.encode())
        assert opened.recv(4096).decode().startswith(f"HTTP/1.1 {first}")


def answer_to(server, request):
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as opened:
        opened.sendall(request)
        opened.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: opened.recv(4096), b"")).decode()


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ("", 411, "needs a Content-Length"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 411, "needs a Content-Length"),
        ("Content-Length: -1\r\n", 400, "must be a number"),
        ("Content-Length: 10000001\r\n", 413, "at most 10000000 bytes"),
        (f"Content-Length: {'9' * 5000}\r\n", 413, "at most 10000000 bytes"),
        ("Content-Length: 784\r\n", 400, "ended after 5 bytes"),
    ],
)
def test_bodies_that_are_not_read_end_the_connection(headers, status, message, server):
    answer = answer_to(server, f"POST /classify HTTP/1.1\r\n{headers}\r\n01234".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "Connection: close" in answer
    assert message in answer
    assert answer.count("HTTP/1.1") == 1


def test_silent_clients_keep_nobody_waiting(server, connection):
    with socket.create_connection(("127.0.0.1", server.server_port)) as silent:
        silent.sendall(b"POST /read HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
        assert ask(connection, "/classify", bytes(784))[0] == 200


def test_silent_clients_are_dropped(server, module, monkeypatch):
    monkeypatch.setattr(module.Handler, "timeout", 0.1)
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as silent:
        silent.sendall(b"POST /read HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
        assert silent.recv(100) == b""


def test_more_connections_wait_for_a_free_place(module, server):
    with module.Server(("127.0.0.1", 0), server.service) as small:
        small._free = threading.BoundedSemaphore(1)
        thread = threading.Thread(target=small.serve_forever, args=(0.05,))
        thread.start()
        first, second = connect(small), connect(small)
        assert ask(first, "/")[0] == 200
        second.request("GET", "/")
        second.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            second.sock.recv(1)
        first.close()
        second.sock.settimeout(60)
        assert second.getresponse().status == 200
        second.close()
        small.shutdown()
        thread.join()


def test_failures_are_told_and_logged(server, connection, module, monkeypatch, capsys):
    monkeypatch.setattr(server.service, "classifier", None)
    status, answer = ask(connection, "/classify", bytes(784))
    assert status == 500
    assert "NoneType" not in answer["error"]
    monkeypatch.undo()
    assert ask(connection, "/classify", bytes(784))[0] == 200
    # The answer comes before the log.
    end, logged = time.monotonic() + 30, ""
    while "AttributeError" not in logged and time.monotonic() < end:
        logged += capsys.readouterr().err
        time.sleep(0.01)
    assert "AttributeError" in logged
