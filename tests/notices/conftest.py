"""Fakes of the providers, and the settings that lead this process to them."""

from collections.abc import Iterator

import pytest
from botocore.config import Config

from chalicelib.base import aws, outgoing, settings
from chalicelib.notices import channels, wechat_token
from tests.notices.providers import CREDENTIALS, Provider, providers

SOON = 0.4
"""Seconds the clients of these tests wait for an answer."""
_AMAZON = ("sns", "sesv2")


@pytest.fixture
def real_senders(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real clients in their places, impatient; nothing remembered of the test before."""
    for channel in channels.CHANNELS:
        monkeypatch.setitem(channels.SENDERS, channel, getattr(channels, f"_by_{channel}"))
    monkeypatch.setattr(settings, "secrets", lambda: CREDENTIALS)
    monkeypatch.setattr(outgoing, "SECONDS", SOON)
    for service in _AMAZON:
        quick = aws._PER_SERVICE[service].merge(Config(read_timeout=SOON))
        monkeypatch.setitem(aws._PER_SERVICE, service, quick)
        aws._clients.pop(service, None)
    yield
    for service in _AMAZON:
        aws._clients.pop(service, None)


@pytest.fixture(scope="module")
def stack(handlers_aws: dict[str, str]) -> Iterator[None]:
    """Tables and a key, for what is kept in them."""
    from tests.races.local_aws import joined

    with joined(handlers_aws):
        yield


def _up(provider: Provider, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    if provider.name == "wechat":
        request.getfixturevalue("stack")
        wechat_token.forget()
    with provider.make() as provider.fake:
        for name, value in provider.settings().items():
            monkeypatch.setenv(name, value)
        yield provider
    if provider.name == "wechat":
        wechat_token.forget()
        aws.client("dynamodb").delete_item(
            TableName=f"{settings.table_prefix()}-notices",
            Key={"pk": {"S": "token#wechat/wxtest"}, "sk": {"S": "token"}},
        )


@pytest.fixture(params=providers(), ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest, real_senders: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Every provider in turn, its fake up."""
    yield from _up(request.param, request, monkeypatch)


@pytest.fixture
def the(real_senders: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Provider]:
    """The provider that the test's module is about (its PROVIDER), its fake up."""
    found = next(each for each in providers() if each.name == request.module.PROVIDER)
    yield from _up(found, request, monkeypatch)
