"""A mail relay (SMTP) that keeps what it is handed; it can refuse readers, fall silent, hang up, or ask for TLS."""

import asyncio
import ssl
import threading
from collections import deque
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "relay-user", "relay-password-canary"
SILENCE, HANG_UP = "silence", "hang up"


class FakeRelay:
    """Use as a context manager. `received` holds the letters as the standard library's parser reads them.

    `refusals` maps an address to the line its RCPT is answered with. `answers` are the next answers to a whole letter:
    a line, SILENCE or HANG_UP. With `takes_first` a letter is received whatever is answered then.
    """

    def __init__(self, certificate: ssl.SSLContext | None = None, *, asks_who: bool = False) -> None:
        self.received: list[EmailMessage] = []
        self.readers: list[str] = []
        self.refusals: dict[str, str] = {}
        self.answers: deque[str] = deque()
        self.takes_first = False
        self.port = 0
        self._certificate, self._asks_who = certificate, asks_who
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    # aiosmtpd looks these up by their names.

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """One reader of the letter to come."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The letter itself."""
        answer = self.answers.popleft() if self.answers else "250 OK"
        if answer.startswith("250") or self.takes_first:
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.received.append(BytesParser(EmailMessage, policy=default).parsebytes(content))
            self.readers.extend(envelope.rcpt_tos)
        if answer == SILENCE:
            await asyncio.sleep(30)
        if answer == HANG_UP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, who: Any) -> AuthResult:
        known = isinstance(who, LoginPassword) and (who.login, who.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            hostname="relay.test",
            loop=self._loop,
            tls_context=self._certificate,
            require_starttls=self._certificate is not None,
            auth_required=self._asks_who,
            auth_require_tls=self._certificate is not None,
            authenticator=self._authenticate if self._asks_who else None,
        )

    def __enter__(self) -> Self:
        self._thread.start()
        made = self._loop.create_server(self._protocol, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(made, self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
