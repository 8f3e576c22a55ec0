"""Packaging, part by part; `make rehearse` makes the whole package twice and deploys it."""

import gzip
import json
import os
import shutil
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

import botocore
import pytest

from dev.packaging import __main__ as package
from dev.packaging import application, archive, dependencies, lock, proof
from dev.packaging.target import Target, target_of

HERE = Target(sys.version_info[:2])


def test_every_requirement_is_locked_at_its_version() -> None:
    lock.refuse_stale(lock.wanted(), lock.pins_of(lock.LOCK.read_text(encoding="utf-8")))


def test_everything_locked_carries_hashes_and_names_no_index() -> None:
    text = lock.LOCK.read_text(encoding="utf-8")
    entries = text.replace("\\\n", " ").splitlines()[1:]

    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "http" not in text
    assert "--index" not in text


@pytest.mark.parametrize("locked", [{}, {"msgspec": "0.1"}])
def test_a_lock_that_lags_behind_is_refused(locked: dict[str, str]) -> None:
    with pytest.raises(lock.NotLocked, match="msgspec"):
        lock.refuse_stale({"msgspec": "0.22.0", "chalice": "1.34.0"}, locked)


@pytest.mark.parametrize(
    "line", ["msgspec==0.0.1 --hash=sha256:" + "0" * 64, "microwish-is-no-package==1 --hash=sha256:" + "0" * 64]
)
def test_a_missing_wheel_is_said_loudly(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.lock").write_text(line + "\n")
    monkeypatch.setattr(dependencies, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(dependencies, "wanted", dict)
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    with pytest.raises(lock.NotLocked, match=line.partition("==")[0]):
        dependencies.lay_down(tmp_path / "tree", HERE)


@pytest.mark.parametrize(("status", "said"), [(0, "Could not install dependencies:\nmsgspec==0.22.0"), (1, "boom")])
def test_what_chalice_only_mentions_is_a_failure_here(status: int, said: str) -> None:
    with pytest.raises(application.ChaliceFailed, match=r"msgspec|boom"):
        application.refuse_incomplete(status, said)


def test_wheels_are_taken_for_lambdas_own_linux() -> None:
    old, new = Target((3, 11), "x86_64").pip(), Target((3, 13), "arm64").pip()

    assert "manylinux_2_26_x86_64" in old
    assert "manylinux_2_28_x86_64" not in old
    assert "manylinux_2_34_aarch64" in new
    assert "3.13" in new
    assert "--only-binary=:all:" in new


def test_the_processor_is_configured_and_the_runtime_is_this_pythons() -> None:
    assert target_of(lock.CHECKOUT, "prod") == HERE
    with pytest.raises(KeyError):
        target_of(lock.CHECKOUT, "nowhere")


def test_the_services_are_read_from_the_application_itself() -> None:
    assert {"dynamodb", "s3", "kms", "ssm"} <= dependencies.services_used()


def test_a_client_of_a_service_without_a_literal_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text("def ask(name):\n    return aws.client(name)\n")

    with pytest.raises(dependencies.ServiceUnknown, match=r"room.py:2"):
        dependencies.services_used(tmp_path)


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    """A tree with an SDK that knows two services, tests, metadata and a header file."""
    services = {"dynamodb": {"endpoints": {}}, "ec2": {"endpoints": {}}, "streams.dynamodb": {"endpoints": {}}}
    partitions = [{"partition": name, "regions": {}, "services": services} for name in ("aws", "aws-cn")]
    for name, content in {
        "botocore/data/dynamodb/2012-08-10/service-2.json": "{}",
        "botocore/data/dynamodb/2012-08-10/examples-1.json": "{}",
        "botocore/data/ec2/2016-11-15/service-2.json": "{}",
        "botocore/data/endpoints.json": json.dumps({"partitions": partitions}),
        "botocore/data/partitions.json": "{}",
        "botocore-1.0.dist-info/METADATA": "",
        "msgspec/tests/test_it.py": "",
        "msgspec/atof.h": "",
        "msgspec/__init__.py": "",
        "cffi/__init__.py": "",
        "bin/tool": "",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return tmp_path


def test_tests_metadata_and_the_data_of_unused_services_are_left_out(sdk: Path) -> None:
    dependencies.slim(sdk, ["dynamodb"])

    left = {file.relative_to(sdk).as_posix() for file in sdk.rglob("*") if file.is_file()}
    assert left == {
        "botocore/data/dynamodb/2012-08-10/service-2.json",
        "botocore/data/endpoints.json",
        "botocore/data/partitions.json",
        "msgspec/__init__.py",
    }


def test_the_china_partition_and_its_endpoints_stay(sdk: Path) -> None:
    dependencies.slim(sdk, ["dynamodb"])

    partitions = json.loads((sdk / "botocore/data/endpoints.json").read_text())["partitions"]
    assert [(each["partition"], sorted(each["services"])) for each in partitions] == [
        ("aws", ["dynamodb", "streams.dynamodb"]),
        ("aws-cn", ["dynamodb", "streams.dynamodb"]),
    ]


def test_a_services_model_loses_its_texts_and_nothing_else(sdk: Path) -> None:
    packed = next((Path(botocore.__file__).parent / "data" / "dynamodb").glob("2012-08-10/service-2.json.gz"))
    shutil.copy(packed, sdk / "botocore/data/dynamodb/2012-08-10/service-2.json.gz")
    (sdk / "botocore/data/dynamodb/2012-08-10/service-2.json").unlink()

    dependencies.slim(sdk, ["dynamodb"])

    place = sdk / "botocore/data/dynamodb/2012-08-10/service-2.json"
    assert not place.with_name("service-2.json.gz").exists()
    ours, whole = json.loads(place.read_text()), json.loads(gzip.decompress(packed.read_bytes()))
    assert ours["metadata"] == whole["metadata"]
    assert set(ours["operations"]) == set(whole["operations"])
    assert whole["documentation"]
    assert ours["documentation"] == ""  # asked for by botocore in some places: empty, not gone
    for name, shape in whole["shapes"].items():
        assert set(ours["shapes"][name]) == set(shape)
        assert set(ours["shapes"][name].get("members", {})) == set(shape.get("members", {}))


def test_a_member_called_documentation_stays(sdk: Path) -> None:
    member = {"shape": "Text", "documentation": "What it is about."}
    model = {"shapes": {"Thing": {"type": "structure", "members": {"documentation": member}}}}
    place = sdk / "botocore/data/dynamodb/2012-08-10/waiters-2.json.gz"
    place.write_bytes(gzip.compress(json.dumps(model).encode()))

    dependencies.slim(sdk, ["dynamodb"])

    made = json.loads(place.with_suffix("").read_text())
    assert made["shapes"]["Thing"]["members"] == {"documentation": {"shape": "Text", "documentation": ""}}


def test_a_service_the_sdk_does_not_know_is_refused(sdk: Path) -> None:
    with pytest.raises(dependencies.ServiceUnknown, match="pigeon"):
        dependencies.slim(sdk, ["dynamodb", "pigeon"])


def sources(place: Path, *, backwards: bool) -> Path:
    """Three sources, written in one order or the other, at different times."""
    texts = {"a.py": "NAMES = {'one', 'two', 'three'}\n", "b/__init__.py": "", "b/c.py": "import a\nX = {1, 2}\n"}
    for number, name in enumerate(sorted(texts, reverse=backwards)):
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[name])
        os.utime(file, (1_000_000_000 + number, 1_000_000_000 + number))
    return place


def test_the_same_sources_make_the_same_bytes_wherever_and_whenever(tmp_path: Path) -> None:
    zips = []
    for name, backwards in (("here", False), ("there/far/away", True)):
        tree = sources(tmp_path / name, backwards=backwards)
        archive.compile_sources(tree)
        archive.write_zip(tree, tmp_path / f"{backwards}.zip")
        zips.append((tmp_path / f"{backwards}.zip").read_bytes())

    assert zips[0] == zips[1]


def test_byte_code_is_checked_by_hash_and_knows_lambdas_place_alone(tmp_path: Path) -> None:
    tree = sources(tmp_path / "tree", backwards=False)

    archive.compile_sources(tree)

    compiled = list(tree.rglob("*.pyc"))
    assert len(compiled) == 3
    for file in compiled:
        content = file.read_bytes()
        assert content[:4] == MAGIC_NUMBER
        assert int.from_bytes(content[4:8], "little") == 0b11  # by hash, checked
        assert str(tmp_path).encode() not in content
        assert b"/var/task" in content


def test_a_source_that_does_not_compile_stops_the_packaging(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (:\n")

    with pytest.raises(archive.NotCompiled, match="broken"):
        archive.compile_sources(tmp_path)


def test_the_zip_is_sorted_and_carries_no_dates_or_rights_of_this_machine(tmp_path: Path) -> None:
    tree = sources(tmp_path / "tree", backwards=True)
    (tree / "x.so").write_bytes(b"")
    (tree / "a.py").chmod(0o600)

    archive.write_zip(tree, tmp_path / "made.zip")

    entries = zipfile.ZipFile(tmp_path / "made.zip").infolist()
    assert [entry.filename for entry in entries] == ["a.py", "b/__init__.py", "b/c.py", "x.so"]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [entry.external_attr >> 16 for entry in entries] == [0o100644, 0o100644, 0o100644, 0o100755]


def test_a_zip_above_eight_megabytes_is_refused_with_its_largest_parts(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "heavy").mkdir(parents=True)
    (tree / "heavy" / "noise").write_bytes(os.urandom(package.LARGEST_ZIP + 1))
    archive.write_zip(tree, tmp_path / "made.zip")

    with pytest.raises(package.NotPackaged, match="heavy 8"):
        package._refuse_heavy(tmp_path / "made.zip")


def test_byte_code_of_another_python_than_the_runtimes_is_refused() -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "python3.99"}}

    with pytest.raises(package.NotPackaged, match=r"Api runs on python3.99"):
        package._refuse_other_runtime({"Resources": {"Api": function}}, HERE)


def started(tree: Path, **files: str) -> Any:
    """What the proof says of a tree with a stand-in for the application."""
    base = {"app.py": "def act(event, context): ...\n", "chalicelib/__init__.py": "", "chalicelib/base/__init__.py": "",
            "chalicelib/base/aws.py": "def client(service): ...\n"}  # fmt: skip
    for name, text in (base | files).items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    archive.compile_sources(tree)
    return proof.handlers_of(tree, HERE, frozenset())


def test_the_tree_is_started_with_nothing_else_around(tmp_path: Path) -> None:
    assert "act" in started(tmp_path)


@pytest.mark.parametrize("text", ["import botocore\n", "def later():\n    import botocore\n"])
def test_a_module_that_is_not_in_the_package_is_missed_even_if_imported_late(text: str, tmp_path: Path) -> None:
    with pytest.raises(proof.DoesNotStart, match="botocore"):
        started(tmp_path, **{"chalicelib/room.py": text})


def test_a_package_for_another_processor_cannot_be_started_here(tmp_path: Path) -> None:
    other = "arm64" if HERE.machine == "x86_64" and os.uname().machine == "x86_64" else "x86_64"

    assert proof.handlers_of(tmp_path, Target(HERE.python, other), frozenset()) is None
