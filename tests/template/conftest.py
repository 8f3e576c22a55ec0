"""The template as stock Chalice makes it of this checkout, with resources.yaml merged in."""

import copy
from typing import Any

import pytest

import app
from dev.packaging.application import package_application


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The prod stage's template; not for changing."""
    scratch, tree = tmp_path_factory.mktemp("scratch"), tmp_path_factory.mktemp("tree")
    return package_application("prod", scratch, tree)


@pytest.fixture
def template(packaged: dict[str, Any]) -> dict[str, Any]:
    """A copy of it, for the test to put a fault in."""
    return copy.deepcopy(packaged)


@pytest.fixture(scope="session")
def handlers() -> frozenset[str]:
    """The names in app.py that Lambda may call."""
    return frozenset(name for name in dir(app) if callable(getattr(app, name)))
