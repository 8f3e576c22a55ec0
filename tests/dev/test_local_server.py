"""The local server: what it lets through to the application, and what it refuses as a problem document."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from chalice import Chalice, Response
from chalice.config import Config

from chalicelib.base.problems import Conflict
from dev.gateway import Gateway, Incoming, Outgoing
from dev.server import Server, serve
from dev.wire import LARGEST_BODY

app = Chalice(app_name="trial")


@app.route("/health")
def health() -> dict[str, Any]:
    return {"ok": True}


@app.route("/things/{thing}", methods=["GET", "DELETE"])
def show(thing: str) -> dict[str, Any]:
    request = app.current_request
    query = request.query_params
    return {
        "thing": thing,
        "query": {name: query.getlist(name) for name in query} if query else None,
        "address": request.context["identity"]["sourceIp"],
        "shout": request.headers.get("X-Shout"),
        "accept": request.headers.get("accept"),
    }


@app.route("/things/first")
def first() -> dict[str, Any]:
    return {"first": True}


@app.route("/echo", methods=["POST", "PUT"], content_types=["*/*"])
def echo() -> Response:
    raw = app.current_request.raw_body
    return Response({"bytes": len(raw), "start": raw[:20].decode(errors="replace")}, status_code=201)


@app.route("/empty", methods=["POST"], content_types=["*/*"])
def empty() -> Response:
    return Response("", status_code=204)


@app.route("/cookies")
def cookies() -> Response:
    return Response("hi", headers={"Set-Cookie": ["a=1", "b=2"], "content-type": "text/plain"})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    config = Config(config_from_disk={"app_name": "trial"})
    gateway = Gateway(app, config)

    def answer(request: Incoming) -> Outgoing:
        if request.path == "/broken":
            raise RuntimeError("17000000001")
        if request.path == "/refused":
            raise Conflict("wish_reserved")
        return gateway.answer(request)

    running = serve(app, config, "127.0.0.1", 0, answer)
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    yield opened
    opened.close()


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    connection.request(method, target, body, headers or {})
    answer = connection.getresponse()
    return Reply(answer.status, answer.headers, answer.read())


def raw(server: Server, sent: bytes) -> bytes:
    """Everything the server answers to these bytes until it closes; the sender says that it is done."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as wire:
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := wire.recv(65_536):
            received += chunk
    return received


def problem_of(received: bytes) -> tuple[int, dict[str, Any]]:
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return int(head.split()[1]), json.loads(body)


def test_an_unknown_path_is_a_problem_document_in_chinese(connection: http.client.HTTPConnection) -> None:
    reply = ask(connection, "GET", "/nowhere")

    assert reply.status == 404
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.body["code"] == "not_found"
    assert reply.body["status"] == 404
    assert set(reply.body) == {"type", "title", "status", "code", "detail"}
    assert "找不到" in reply.body["detail"]


def test_an_unknown_path_is_a_problem_document_in_english_on_request(
    connection: http.client.HTTPConnection,
) -> None:
    reply = ask(connection, "GET", "/nowhere", headers={"Accept-Language": "en", "Authorization": "Bearer x"})

    assert (reply.status, reply.body["title"]) == (404, "Not found")


def test_a_wrong_method_names_the_allowed_ones(connection: http.client.HTTPConnection) -> None:
    reply = ask(connection, "PATCH", "/things/7")

    assert (reply.status, reply.body["code"]) == (405, "method_not_allowed")
    assert reply.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS"


@pytest.mark.parametrize("method", ["BREW", "TRACE", "get"])
def test_a_method_nobody_knows_is_refused_by_its_path(connection: http.client.HTTPConnection, method: str) -> None:
    known, unknown = ask(connection, method, "/things/7"), ask(connection, method, "/nowhere")

    assert (known.status, known.body["code"]) == (405, "method_not_allowed")
    assert (unknown.status, unknown.body["code"]) == (404, "not_found")


def test_head_answers_like_get_without_a_body(connection: http.client.HTTPConnection) -> None:
    got = ask(connection, "GET", "/things/7")
    head = ask(connection, "HEAD", "/things/7")

    assert (head.status, head.content) == (200, b"")
    assert abs(int(head.headers["Content-Length"]) - len(got.content)) <= 1
    assert ask(connection, "GET", "/health").body == {"ok": True}  # the connection is still in step


def test_options_names_the_methods(connection: http.client.HTTPConnection) -> None:
    reply = ask(connection, "OPTIONS", "/echo")

    assert (reply.status, reply.headers["Allow"]) == (204, "OPTIONS, POST, PUT")
    assert ask(connection, "OPTIONS", "/nowhere").status == 404


def test_header_names_are_read_in_any_case(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "GET", "/things/7", headers={"x-ShOuT": "hey"}).body["shout"] == "hey"


def test_paths_and_parameters_are_decoded(connection: http.client.HTTPConnection) -> None:
    reply = ask(connection, "GET", "/things/a%2Fb%20%E5%BF%83?q=%E6%84%BF&q=2&blank=")

    assert reply.body["thing"] == "a/b 心"
    assert reply.body["query"] == {"q": ["愿", "2"], "blank": [""]}


def test_parameters_typed_in_chinese_arrive_as_typed(server: Server) -> None:
    received = raw(server, "GET /things/心愿?q=南码头 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    body = json.loads(received.partition(b"\r\n\r\n")[2])
    assert (body["thing"], body["query"]) == ("心愿", {"q": ["南码头"]})


@pytest.mark.parametrize("target", ["/things/%ff", "/things/7?q=%ff", "/things/7?" + "a=1&" * 200])
def test_what_cannot_be_decoded_is_a_bad_request(connection: http.client.HTTPConnection, target: str) -> None:
    reply = ask(connection, "GET", target)

    assert (reply.status, reply.body["code"]) == (400, "bad_request")


def test_a_literal_path_goes_before_a_parameter_and_a_last_slash_is_ignored(
    connection: http.client.HTTPConnection,
) -> None:
    assert ask(connection, "GET", "/things/first").body == {"first": True}
    assert ask(connection, "GET", "/things/7/").body["thing"] == "7"


def test_the_clients_address_reaches_the_application(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "GET", "/things/7").body["address"] == "127.0.0.1"


def test_a_chunked_body_is_read_whole(connection: http.client.HTTPConnection) -> None:
    pieces = iter([b"one ", b"two ", b"three"])

    connection.request("POST", "/echo", pieces, {"Content-Type": "text/plain"}, encode_chunked=True)
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())) == (201, {"bytes": 13, "start": "one two three"})
    assert ask(connection, "GET", "/health").status == 200


def test_a_chunked_body_with_extensions_and_trailers_leaves_the_connection_in_step(server: Server) -> None:
    received = raw(
        server,
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )

    assert received.count(b"HTTP/1.1 ") == 2
    assert received.endswith(b'{"ok":true}')


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: -1",
        b"Content-Length: ten",
        b"Content-Length: +5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Length: 500",
    ],
)
def test_a_body_that_cannot_be_measured_is_refused_and_the_connection_closed(server: Server, head: bytes) -> None:
    received = raw(server, b"POST /echo HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\nhelloGET /health HTTP/1.1\r\n\r\n")

    status, problem = problem_of(received)
    assert (status, problem["code"]) == (400, "bad_request")
    assert received.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "chunk", [b"zz\r\nhello\r\n", b"5\r\nhelloworld\r\n", b"\r\n", b"-5\r\nhello\r\n", b"5\r\nhel"]
)
def test_a_malformed_chunk_is_refused(server: Server, chunk: bytes) -> None:
    received = raw(server, b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)

    assert problem_of(received)[0] == 400


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /a b c HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon here\r\nContent-Length: 5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nX : y\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: never ends",
        b"GET /\r\n\r\n",
        b"GET /a\x00b HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_a_problem_document(server: Server, sent: bytes) -> None:
    status, problem = problem_of(raw(server, sent))

    assert (status, problem["code"]) == (400, "bad_request")


def test_a_body_over_the_limit_is_too_large_announced_or_chunked(server: Server) -> None:
    announced = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    chunked = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    content = b"x" * (LARGEST_BODY + 1)

    first = ask(announced, "POST", "/echo", content)
    chunked.request("POST", "/echo", iter([content]), encode_chunked=True)
    second = chunked.getresponse()

    assert (first.status, first.body["code"]) == (413, "too_large")
    assert (second.status, json.loads(second.read())["code"]) == (413, "too_large")


def test_a_body_at_the_limit_is_taken(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "POST", "/echo", b"x" * LARGEST_BODY).body["bytes"] == LARGEST_BODY


def test_a_body_nobody_asked_for_does_not_poison_the_connection(
    connection: http.client.HTTPConnection,
) -> None:
    missed = ask(connection, "POST", "/nowhere", b"GET /health HTTP/1.1\r\n\r\n")
    refused = ask(connection, "PATCH", "/health", b"x" * 100_000)

    assert (missed.status, refused.status) == (404, 405)
    assert ask(connection, "GET", "/health").body == {"ok": True}


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked_only_for_what_is_taken(server: Server) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: "

    taken = raw(server, head + b"5\r\n\r\nhello")
    refused = raw(server, head + str(LARGEST_BODY + 1).encode() + b"\r\n\r\n")

    assert taken.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ")
    assert problem_of(refused)[0] == 413


def test_an_answer_without_content_has_no_body(connection: http.client.HTTPConnection) -> None:
    reply = ask(connection, "POST", "/empty")

    assert (reply.status, reply.content, reply.headers["Content-Length"]) == (204, b"", None)
    assert ask(connection, "GET", "/health").status == 200


def test_repeated_cookies_and_the_content_type_survive(connection: http.client.HTTPConnection) -> None:
    reply = ask(connection, "GET", "/cookies")

    assert reply.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert reply.headers.get_all("Content-Type") == ["text/plain"]


def test_a_surprise_is_a_problem_that_tells_nothing_and_logs_no_text(
    connection: http.client.HTTPConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = ask(connection, "GET", "/broken?phone_last4=0001")

    assert (reply.status, reply.body["code"]) == (500, "internal_error")
    logged = capsys.readouterr().err
    assert "RuntimeError" in logged
    assert "0001" not in logged + reply.content.decode()


def test_a_refusal_keeps_its_own_code(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "GET", "/refused").body["code"] == "wish_reserved"


def test_verbose_lines_hold_no_query(
    connection: http.client.HTTPConnection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VERBOSE", "1")

    ask(connection, "GET", "/things/7?phone_last4=0001")
    ask(connection, "GET", "/health")  # the line of the first is written once the second is answered

    logged = capsys.readouterr().err
    assert "GET /things/7 200" in logged
    assert "0001" not in logged


def test_sixty_four_clients_at_once_each_get_their_own_answer(server: Server) -> None:
    def client(number: int) -> set[str]:
        opened = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        try:
            return {ask(opened, "GET", f"/things/{number}").body["thing"] for _ in range(10)}
        finally:
            opened.close()

    with ThreadPoolExecutor(64) as clients:
        answers = list(clients.map(client, range(64)))

    assert answers == [{str(number)} for number in range(64)]


def test_draining_waits_until_nothing_is_worked_on(server: Server) -> None:
    assert server.drain(5)
