"""The operator's commands: the first administrator, and rotating the key that signs tokens."""

import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from chalicelib.accounts import actions as accounts
from chalicelib.accounts import tokens
from chalicelib.audit import actions as audit
from chalicelib.base import aws, clock, settings
from chalicelib.base.problems import Unauthorized
from chalicelib.rounds import actions as round_actions
from chalicelib.rounds import rules as rounds
from dev import admin, admin_keys
from dev import settings as local
from dev.emulator import Emulator
from dev.resources import create_all
from tests.conftest import empty_tables, forget_everything
from tests.imports.handmade import csv_bytes, good_wish

PHONE, OTHER = "17000030001", "17000030002"


@pytest.fixture(scope="module")
def endpoint(handlers_emulator: Emulator) -> Iterator[str]:
    """A stage like the local run's, without people."""
    with mock.patch.dict(os.environ):
        forget_everything()
        local.enter(handlers_emulator.endpoint)
        create_all(local.STACK, handlers_emulator.endpoint)
        yield handlers_emulator.endpoint
    forget_everything()


@pytest.fixture(autouse=True)
def fresh(endpoint: str) -> Iterator[None]:
    """Its own secrets, and no accounts."""
    ssm = aws.client("ssm")
    for name in (local.SECRETS, f"{local.SECRETS}-lock"):
        if ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]:
            ssm.delete_parameter(Name=name)
    local.Parameters().make_secrets()
    settings.forget_secrets()
    yield
    empty_tables()


def do(endpoint: str, *arguments: str) -> int:
    return admin.main([*arguments, "--stage", "local", "--endpoint", endpoint])


class TestTheFirstAdministrator:
    def test_a_new_phone_gets_an_account_with_the_role(self, endpoint: str) -> None:
        assert do(endpoint, "first-administrator", PHONE, "--name", "管理员") == 0

        account = accounts.find(PHONE)
        assert account is not None
        assert accounts.administrators() == [account]
        assert accounts.person_of(account).name == "管理员"

    def test_it_is_in_the_audit_trail_as_a_commands_doing(self, endpoint: str) -> None:
        do(endpoint, "first-administrator", PHONE)

        subject = f"account/{accounts.find(PHONE)}"
        entry = list(audit.chain(subject))[-1]
        assert (entry.action, entry.actor, entry.reason) == ("granted", "system", "command")
        assert entry.detail["roles_after"] == ["administrator"]

    def test_what_the_account_is_already_it_stays(self, endpoint: str) -> None:
        account = accounts.seed_account(PHONE, name="联络员", roles=["liaison"], subdistricts=["*"])

        assert do(endpoint, "first-administrator", PHONE) == 0

        found = accounts.standing_of(accounts.get(account))
        assert (found.roles, found.subdistricts) == ({"liaison", "administrator"}, {"*"})
        assert accounts.person_of(account).name == "联络员"

    def test_where_there_is_one_it_refuses_unless_another_is_asked_for(
        self, endpoint: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        do(endpoint, "first-administrator", PHONE)

        assert do(endpoint, "first-administrator", OTHER) == 1
        assert "--another" in capsys.readouterr().out
        assert accounts.find(OTHER) is None
        assert do(endpoint, "first-administrator", OTHER, "--another") == 0
        assert len(accounts.administrators()) == 2

    def test_again_for_the_same_phone_changes_nothing(self, endpoint: str) -> None:
        do(endpoint, "first-administrator", PHONE)
        version = accounts.get(str(accounts.find(PHONE))).version

        assert do(endpoint, "first-administrator", PHONE) == 0
        assert accounts.get(str(accounts.find(PHONE))).version == version

    @pytest.mark.parametrize("phone", ["021-58880000", "12345", "mail@example.org"])
    def test_an_administrator_needs_a_mobile(self, endpoint: str, phone: str) -> None:
        assert do(endpoint, "first-administrator", phone) == 1
        assert accounts.administrators() == []

    def test_nothing_it_prints_names_the_phone(self, endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
        do(endpoint, "first-administrator", PHONE)
        do(endpoint, "first-administrator", PHONE)

        assert PHONE not in capsys.readouterr().out


class TestUsage:
    def test_a_stage_there_is_not_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        with mock.patch.dict(os.environ):
            assert admin.main(["first-administrator", PHONE, "--stage", "nowhere"]) == 1
        assert "prod" in capsys.readouterr().out

    def test_the_local_run_is_told_where_it_is(self) -> None:
        assert admin.main(["first-administrator", PHONE, "--stage", "local"]) == 1

    @pytest.mark.parametrize(
        "arguments", [[], ["dance"], ["first-administrator", "--stage", "local"], ["rotate-token-key"]]
    )
    def test_wrong_usage_is_status_two(self, arguments: list[str]) -> None:
        with pytest.raises(SystemExit) as left:
            admin.main(arguments)
        assert left.value.code == 2

    def test_an_aws_that_does_not_answer_is_status_three(
        self, endpoint: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        aws.client("ssm").delete_parameter(Name=local.SECRETS)

        assert do(endpoint, "rotate-token-key") == 3
        assert "ParameterNotFound" in capsys.readouterr().out


class TestRotating:
    def rotate(self, endpoint: str, monkeypatch: pytest.MonkeyPatch, after: float = 0, *more: str) -> int:
        """Run the command, `after` seconds from now; this process, a warm one, has heard of it afterwards."""
        with monkeypatch.context() as later:
            at = time.time() + after
            later.setattr(admin_keys.time, "time", lambda: at)
            status = do(endpoint, "rotate-token-key", *more)
        settings.forget_secrets()
        return status

    def test_it_is_added_then_signs_then_the_old_one_is_retired(
        self, endpoint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = tokens.sign("access", "A", 0, seconds=10**7)
        blind = settings.secrets().blind_key

        assert self.rotate(endpoint, monkeypatch) == 0
        assert tokens.sign("access", "A", 0, seconds=60).startswith("k1.")

        assert self.rotate(endpoint, monkeypatch, admin_keys.SWITCH_AFTER + 1) == 0
        new = tokens.sign("access", "A", 0, seconds=10**7)
        assert new.startswith("k2.")
        assert tokens.verify("access", old) == tokens.verify("access", new) == ["A", 0]

        assert self.rotate(endpoint, monkeypatch, 2 * admin_keys.SWITCH_AFTER + admin_keys.RETIRE_AFTER) == 0
        assert tokens.verify("access", new) == ["A", 0]
        with pytest.raises(Unauthorized):
            tokens.verify("access", old)
        assert settings.secrets().blind_key == blind

    def test_no_step_comes_too_soon(self, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rotate(endpoint, monkeypatch)
        self.rotate(endpoint, monkeypatch, admin_keys.SWITCH_AFTER - 60)
        assert settings.secrets().token_key == "k1"

        self.rotate(endpoint, monkeypatch, admin_keys.SWITCH_AFTER + 60)
        self.rotate(endpoint, monkeypatch, admin_keys.RETIRE_AFTER)
        assert sorted(settings.secrets().token_keys) == ["k1", "k2"]

    def test_a_leaked_key_is_gone_at_once_and_everybody_signed_out(
        self, endpoint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = tokens.sign("access", "A", 0, seconds=600)

        assert self.rotate(endpoint, monkeypatch, 0, "--leaked") == 0

        with pytest.raises(Unauthorized):
            tokens.verify("access", old)
        assert list(settings.secrets().token_keys) == ["k2"]

    def test_the_other_secrets_stay(self, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
        before = self.stored()
        before["something_else"] = {"of": "somebody's"}
        aws.client("ssm").put_parameter(
            Name=local.SECRETS, Type="SecureString", Value=json.dumps(before), Overwrite=True
        )

        self.rotate(endpoint, monkeypatch)

        kept = {name: value for name, value in self.stored().items() if not name.startswith("token_key")}
        assert kept == {name: value for name, value in before.items() if not name.startswith("token_key")}

    def test_two_at_once_do_not_write_over_each_other(
        self, endpoint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = self.stored()
        with admin_keys._locked(aws.client("ssm"), f"{local.SECRETS}-lock"):
            assert self.rotate(endpoint, monkeypatch) == 1

        assert "under way" in capsys.readouterr().out
        assert self.stored() == before
        assert self.rotate(endpoint, monkeypatch) == 0

    def test_a_lock_somebody_left_behind_is_said(
        self, endpoint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        aws.client("ssm").put_parameter(Name=f"{local.SECRETS}-lock", Type="String", Value="1700000000")

        assert self.rotate(endpoint, monkeypatch) == 1
        assert f"{local.SECRETS}-lock" in capsys.readouterr().out

    def test_an_edit_by_hand_at_the_same_moment_is_noticed(
        self, endpoint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        decide = admin_keys.next_step

        def while_somebody_edits(content: Any, now: int, *, leaked: bool) -> Any:
            aws.client("ssm").put_parameter(
                Name=local.SECRETS, Type="SecureString", Value=json.dumps(content), Overwrite=True
            )
            return decide(content, now, leaked=leaked)

        monkeypatch.setattr(admin_keys, "next_step", while_somebody_edits)

        assert self.rotate(endpoint, monkeypatch) == 1
        assert "Somebody else wrote" in capsys.readouterr().out

    def test_no_key_is_ever_printed(
        self, endpoint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.rotate(endpoint, monkeypatch)
        self.rotate(endpoint, monkeypatch, admin_keys.SWITCH_AFTER + 1)

        printed = capsys.readouterr().out
        assert not any(secret in printed for secret in settings.secrets().token_keys.values())

    def test_a_key_added_by_hand_waits_like_any_other(self) -> None:
        content = {"token_keys": {"k1": "a", "k2": "b"}, "token_key": "k1", "blind_key": "c"}

        noted, _ = admin_keys.next_step(content, 1_000)
        assert noted is not None
        assert noted["token_key"] == "k1"
        switched, _ = admin_keys.next_step(noted, 1_000 + admin_keys.SWITCH_AFTER)

        assert switched is not None
        assert switched["token_key"] == "k2"

    def stored(self) -> dict[str, Any]:
        found = aws.client("ssm").get_parameter(Name=local.SECRETS, WithDecryption=True)["Parameter"]["Value"]
        content: dict[str, Any] = json.loads(found)
        return content


class TestRegistersAndSummaries:
    @pytest.fixture
    def administrator(self, endpoint: str) -> str:
        do(endpoint, "first-administrator", PHONE)
        return PHONE

    @pytest.fixture
    def a_round(self) -> str:
        now = clock.now()
        dates = {
            name: clock.stamp(now + timedelta(days=days))
            for name, days in zip(rounds.DATES, (-2, -1, 30, 60), strict=True)
        }
        return round_actions.open_round(3, "第3期", dates, {}, 100, "", "").id

    def test_a_register_comes_in_goes_out_and_is_summed_up(
        self, endpoint: str, administrator: str, a_round: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        register = tmp_path / "register.csv"
        register.write_bytes(csv_bytes([good_wish(number) for number in (1, 2, 3)]))
        out = tmp_path / "out" / "register.xlsx"

        came = do(endpoint, "import", str(register), "--round", a_round, "--by", administrator)
        went = do(endpoint, "export", "--round", a_round, "--by", administrator, "--out", str(out))
        again = do(endpoint, "import", str(out), "--round", a_round, "--by", administrator)
        summed = do(endpoint, "report", "--round", a_round, "--by", administrator, "--out", str(tmp_path))

        assert [came, went, again, summed] == [0, 0, 0, 0]
        said = capsys.readouterr().out
        assert "3 rows: 3 created, 0 updated, 0 unchanged" in said
        assert "3 rows: 0 created, 0 updated, 3 unchanged" in said
        assert out.stat().st_mode & 0o077 == 0
        assert sorted(path.suffix for path in tmp_path.glob("round-3-summary-1.*")) == [
            ".csv",
            ".html",
            ".json",
            ".xlsx",
        ]

    def test_faults_are_told_by_row_and_column_and_fail_the_command(
        self, endpoint: str, administrator: str, a_round: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        register = tmp_path / "register.csv"
        register.write_bytes(csv_bytes([good_wish(1), good_wish(2, 街镇="火星")]))

        for more in ((), ("--dry-run",)):
            assert do(endpoint, "import", str(register), "--round", a_round, "--by", administrator, *more) == 1

        assert capsys.readouterr().out.count("row 3, 街镇") == 2

    def test_nobody_acts_under_a_name_that_administers_nothing(self, endpoint: str, a_round: str) -> None:
        assert do(endpoint, "export", "--round", a_round, "--by", OTHER) == 1
