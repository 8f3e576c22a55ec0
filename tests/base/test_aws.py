"""The shared session: where the credentials come from."""

from pathlib import Path

import botocore.session
import pytest

from chalicelib.base import aws


def test_credentials_of_the_environment_are_those_the_sdk_itself_would_find(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-role")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unsaid")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "for-an-hour")

    found = aws._new_session().get_credentials().get_frozen_credentials()

    assert found == botocore.session.get_session().get_credentials().get_frozen_credentials()
    assert found == ("of-the-role", "unsaid", "for-an-hour", None)


def test_without_any_in_the_environment_the_sdk_looks_where_it_always_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = of-a-file\naws_secret_access_key = unsaid\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))

    assert aws._new_session().get_credentials().access_key == "of-a-file"
