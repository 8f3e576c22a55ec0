"""Calls to the outside: verified TLS or nothing, short time-outs, bounded answers, no word of what was called."""

import ssl
import threading
import time
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chalicelib.base import outgoing
from dev.fakes.server import RESET, SILENT, Answer, Call, Fake, Fault
from tests.notices.certificates import certificate

SECRET_PATH, SECRET_BODY = "/?key=canary", b"canary"


class Echo(Fake[Call]):
    """Answers with the request's own body."""

    def answer(self, call: Call) -> Answer:
        self.received.append(call)
        return Answer(call.body)


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Echo]:
    monkeypatch.setattr(outgoing, "SECONDS", 0.3)
    with Echo() as echo:
        yield echo


def test_status_and_content_come_back_whatever_they_are(echo: Echo) -> None:
    echo.fail(Fault(status=418, body=b"teapot", headers={"Retry-After": "12"}))

    assert outgoing.post(echo.url, b"x", {}) == (418, b"teapot", 12)


def test_path_query_body_and_headers_arrive(echo: Echo) -> None:
    reply = outgoing.post(f"{echo.url}/a/b?c=d%20e#f", "锅".encode(), {"X-One": "1"})

    (call,) = echo.received
    assert (call.method, call.path, call.query, call.headers["X-One"]) == ("POST", "/a/b", {"c": "d e"}, "1")
    assert reply == (200, "锅".encode(), None)


def test_an_address_without_a_path_is_its_root(echo: Echo) -> None:
    outgoing.get(f"{echo.url}?a=b")

    assert (echo.received[0].method, echo.received[0].path, echo.received[0].query) == ("GET", "/", {"a": "b"})


@pytest.mark.parametrize("waits", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1.5", "٣", "99999999"])
def test_a_wait_that_is_no_number_of_seconds_is_none(echo: Echo, waits: str) -> None:
    echo.fail(Fault(status=429, headers={"Retry-After": waits.encode().decode("latin-1")}))

    assert outgoing.post(echo.url, b"", {}).retry_after is None


@pytest.mark.parametrize("fault", [SILENT, RESET, Fault(status=200, body=b"x" * (outgoing.MOST_BYTES + 1))])
def test_who_was_asked_and_gives_no_usable_answer_may_have_done_it(echo: Echo, fault: Fault) -> None:
    echo.fail(fault)

    with pytest.raises(outgoing.NoAnswer) as caught:
        outgoing.post(echo.url + SECRET_PATH, SECRET_BODY, {})

    assert caught.value.asked
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_the_largest_answer_is_taken_whole(echo: Echo) -> None:
    echo.fail(Fault(status=200, body=b"x" * outgoing.MOST_BYTES))

    assert len(outgoing.post(echo.url, b"", {}).content) == outgoing.MOST_BYTES


def test_who_is_not_there_has_done_nothing() -> None:
    with pytest.raises(outgoing.NoAnswer) as caught:
        outgoing.post("http://127.0.0.1:1/", b"", {})

    assert not caught.value.asked


@pytest.mark.parametrize(
    "url", ["http://example.org/", "http://10.0.0.1/", "ftp://127.0.0.1/", "https:///path", "/path"]
)
def test_nothing_goes_out_in_clear_but_to_this_very_machine(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        outgoing.post(url, b"", {})


class Dripping(BaseHTTPRequestHandler):
    """One byte now and then, for ever."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.05)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 0.3)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    began = time.monotonic()

    with pytest.raises(outgoing.NoAnswer, match="TimeoutError"):
        outgoing.get(f"http://127.0.0.1:{server.server_port}/")

    server.shutdown()
    assert time.monotonic() - began < 2


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server whose certificate is good, under an authority this process trusts."""
    files = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
    outgoing._verifying.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    echo = Echo()
    echo._server.socket = context.wrap_socket(echo._server.socket, server_side=True)
    with echo:
        yield echo.url.replace("http://", "https://")
    outgoing._verifying.cache_clear()


def test_a_trusted_certificate_is_spoken_to(trusted: str) -> None:
    assert outgoing.post(trusted, b"hello", {}).content == b"hello"


def test_a_certificate_for_another_name_gets_nothing(trusted: str) -> None:
    with pytest.raises(outgoing.NoAnswer, match="SSLCertVerificationError") as caught:
        outgoing.post(trusted.replace("127.0.0.1", "localhost"), b"hello", {})

    assert not caught.value.asked


def test_a_certificate_of_an_unknown_authority_gets_nothing(trusted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    outgoing._verifying.cache_clear()

    with pytest.raises(outgoing.NoAnswer, match="SSLCertVerificationError"):
        outgoing.post(trusted, b"hello", {})
