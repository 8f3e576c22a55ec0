"""WeChat's template messages: one access token for all processes, renewed once, and what each refusal means."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.base import aws, settings
from chalicelib.notices import channels, records, wechat_token
from chalicelib.notices.channels import Message, RateLimited, SendingFailed
from tests.notices.providers import MESSAGE, OPENID, Provider

PROVIDER = "wechat"
TO_FOLLOWER = replace(MESSAGE, channel="wechat", to=OPENID)


def numbered(number: int) -> Message:
    return replace(TO_FOLLOWER, token=f"notice/{number}")


def at_once(act: Callable[[int], Any], times: int = 8) -> list[Any]:
    """The outcomes of so many threads, each a process of its own as far as the held token goes."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(act, range(times)))


def stored() -> records.ProviderToken:
    found = records.provider_token("wechat/wxtest")
    assert found is not None
    return found


def test_the_template_carries_the_kinds_values_and_the_page(the: Provider) -> None:
    given = channels.send(replace(TO_FOLLOWER, url="https://wish.example.org/claims"))

    (message,) = the.fake.received
    assert message.openid == OPENID
    assert message.values == {"thing1": "一个电饭煲", "time2": "2026-11-29 20:00"}
    assert message.url == "https://wish.example.org/claims"
    assert given == "200001"


def test_a_blank_takes_as_many_characters_as_its_kind_does(the: Provider) -> None:
    channels.send(replace(TO_FOLLOWER, values={"title": "一口" + "锅" * 30, "due": "2026-11-29 20:00"}))

    assert the.fake.received[0].values["thing1"] == "一口" + "锅" * 17 + "…"


def test_the_same_message_sent_again_arrives_once(the: Provider) -> None:
    channels.send(TO_FOLLOWER)
    channels.send(TO_FOLLOWER)
    channels.send(numbered(2))

    assert len(the.fake.received) == 2


def test_the_access_token_is_asked_for_once_and_kept_for_every_process(the: Provider) -> None:
    for number in range(3):
        channels.send(numbered(number))
        wechat_token.forget()  # the next one is another process

    assert the.fake.tokens_asked == 1


def test_eight_processes_without_a_token_ask_for_one(the: Provider) -> None:
    at_once(lambda number: channels.send(numbered(number)))

    assert the.fake.tokens_asked == 1
    assert len(the.fake.received) == 8


def test_eight_processes_whose_token_is_refused_renew_it_once(the: Provider) -> None:
    channels.send(numbered(99))
    the.fake.end_token()

    at_once(lambda number: channels.send(numbered(number)))

    assert the.fake.tokens_asked == 2
    assert the.fake.tokens_forced == 0
    assert len(the.fake.received) == 9
    assert stored().generation == 2


def test_a_token_that_wechat_gives_out_and_refuses_is_forced_once(the: Provider) -> None:
    channels.send(numbered(99))
    the.fake.stubborn = True
    the.fake.end_token()

    at_once(lambda number: channels.send(numbered(number)))

    assert the.fake.tokens_forced == 1
    assert len(the.fake.received) == 9


def test_a_token_refused_twice_in_a_row_fails_the_message(the: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(the.fake, "_send", lambda token, asked: {"errcode": 40001})

    with pytest.raises(SendingFailed, match="40001") as caught:
        channels.send(TO_FOLLOWER)

    assert not caught.value.permanent
    assert the.fake.tokens_asked == 3  # the first; the same again; then by force
    assert the.fake.calls == 5


def test_a_token_near_its_end_is_renewed_before_it_is_used(the: Provider) -> None:
    the.fake.expires_in = 299
    channels.send(numbered(1))
    the.fake.expires_in = 7200
    channels.send(numbered(2))
    channels.send(numbered(3))

    assert the.fake.tokens_asked == 2


def test_a_process_that_died_renewing_is_taken_over_when_its_lease_is_out(
    the: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_token, "_PATIENCE", 0.2)
    now = int(time.time())
    records.ProviderToken("token#wechat/wxtest", "token", generation=0, busy_until=now + 60).save()

    with pytest.raises(SendingFailed) as caught:
        channels.send(TO_FOLLOWER)
    records.ProviderToken("token#wechat/wxtest", "token", generation=0, busy_until=now - 1).save()
    channels.send(TO_FOLLOWER)

    assert caught.value.retry_after
    assert not caught.value.unsure
    assert len(the.fake.received) == 1


def test_a_renewal_slower_than_its_lease_does_not_undo_the_one_that_took_over(
    the: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = wechat_token._asked

    def slow(app: str, *, force: bool) -> Any:
        answer = ask(app, force=force)
        taken_over = stored()
        taken_over.generation, taken_over.busy_until = 1, 0
        taken_over.expires = int(time.time()) + 7200
        taken_over.sealed = wechat_token.sealing.seal("notices", taken_over.pk, answer.access_token)
        taken_over.save()
        return answer

    monkeypatch.setattr(wechat_token, "_asked", slow)
    channels.send(TO_FOLLOWER)

    assert stored().generation == 1
    assert len(the.fake.received) == 1


def test_when_wechat_gives_no_token_the_next_one_may_ask_at_once(
    the: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = settings.Secrets({}, "", "", wechat_secret="another")
    with monkeypatch.context() as patch:
        patch.setattr(settings, "secrets", lambda: wrong)
        with pytest.raises(SendingFailed, match="40125") as caught:
            channels.send(TO_FOLLOWER)

    channels.send(TO_FOLLOWER)

    assert not caught.value.permanent
    assert len(the.fake.received) == 1


def test_the_token_lies_sealed_in_the_table(the: Provider) -> None:
    channels.send(TO_FOLLOWER)

    item = aws.client("dynamodb").get_item(
        TableName=f"{settings.table_prefix()}-notices",
        Key={"pk": {"S": "token#wechat/wxtest"}, "sk": {"S": "token"}},
    )["Item"]
    assert "access-token-canary" not in repr(item)
    assert wechat_token.current().value == "access-token-canary-1"


@pytest.mark.parametrize("code", [43004, 43019, 43101, 40003, 40037, 47003, 48001])
def test_a_reader_or_template_that_will_never_do_is_not_tried_again(the: Provider, code: int) -> None:
    the.fake.refusals[OPENID] = code

    with pytest.raises(SendingFailed, match=str(code)) as caught:
        channels.send(TO_FOLLOWER)

    assert caught.value.permanent


@pytest.mark.parametrize(("code", "seconds"), [(45009, 3600), (45011, 60)])
def test_a_quota_says_how_long_to_wait(the: Provider, code: int, seconds: int) -> None:
    the.fake.refusals[OPENID] = code

    with pytest.raises(RateLimited) as caught:
        channels.send(TO_FOLLOWER)

    assert caught.value.retry_after == seconds


def test_a_busy_wechat_is_tried_again(the: Provider) -> None:
    the.fake.refusals[OPENID] = -1

    with pytest.raises(SendingFailed) as caught:
        channels.send(TO_FOLLOWER)

    assert not caught.value.permanent
    assert caught.value.unsure


def test_a_template_with_other_blanks_than_wechats_is_for_the_operator_to_mend(
    the: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHAT_TEMPLATES", '{"*": {"id": "tpl-1", "fields": {"thing9": "title"}}}')

    with pytest.raises(SendingFailed, match="47003"):
        channels.send(TO_FOLLOWER)
