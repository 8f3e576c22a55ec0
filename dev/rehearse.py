"""`make rehearse`: the deployment as the README tells it, on a local AWS that holds every function to its role.

package twice → lint both templates of both partitions → the README's commands → sign in, declare, claim over HTTP
→ every schedule, the queue → an update that keeps the data → delete
"""

import contextlib
import hashlib
import http.client
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any, Final

from dev.deploy import BUILD, Stack, located
from dev.emulator import CHECKOUT, HOST, Emulator, local_aws
from dev.packaging.__main__ import build
from dev.packaging.inspection import functions
from dev.packaging.target import target_of
from dev.steps import say, step

STAGE: Final = "prod"
ADMINISTRATOR, CITIZEN, CLAIMANT = "17000090001", "17000090008", "17000090005"
REGIONS: Final = {"sam.json": ["ap-southeast-1", "eu-central-1"], "sam.aws-cn.json": ["cn-north-1", "cn-northwest-1"]}
_CFN_LINT: Final = "import sys; from cfnlint import runner; sys.exit(runner.main())"
_PATIENCE: Final = 60.0  # seconds for what happens behind a queue


class Failed(Exception):
    """The rehearsal found something; the text is for people."""


def main() -> int:
    """Rehearse and say what happens; the exit status."""
    started = time.monotonic()
    try:
        _package_twice()
        _lint()
        with _strict_emulator() as emulator:
            _deploy_as_the_readme_says(emulator.endpoint)
            deployed = Deployed(Stack(STAGE), emulator)
            _use(deployed)
            _run_schedules(deployed)
            _update(deployed)
            _delete(deployed)
    except Failed as failure:
        say(f"\nThe rehearsal failed. {failure}")
        return 1
    say(f"Rehearsed in {time.monotonic() - started:.0f} s.")
    return 0


class Deployed:
    """The stack on the emulator: its API over HTTP, its functions and tables by the SDK."""

    def __init__(self, stack: Stack, emulator: Emulator) -> None:
        self.stack = stack
        self._port = int(emulator.endpoint.rpartition(":")[2])
        self._api = stack.outputs()["RestAPIId"]

    def call(self, method: str, path: str, body: Any = None, token: str = "", expect: int = 200) -> Any:
        """The JSON of an answer of API Gateway's. Raises Failed for another status than the expected one."""
        headers = {"Host": f"{self._api}.execute-api.localhost:{self._port}", "Accept-Language": "en"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        status, found, content = self._send(method, f"/api{path}", body, headers)
        if status != expect:
            raise Failed(f"{method} {path} answered {status}, not {expect}: {content[:300]!r}\n{self.troubles()}")
        if "x-request-id" not in found:
            raise Failed(f"{method} {path} answered without its request id.")
        return json.loads(content)

    def sign_in(self, phone: str) -> str:
        """An access token, by the code that SNS was asked to send."""
        self.call("POST", "/v1/auth/codes", {"phone": phone}, expect=202)
        path = f"/_ministack/sns/sms-messages?phoneNumber=%2B86{phone}"
        _, _, content = self._send("GET", path, None, {})
        codes = re.findall(r"\b\d{6}\b", json.dumps(json.loads(content), ensure_ascii=False).replace(phone, ""))
        if not codes:
            raise Failed("No code was sent.")
        return str(self.call("POST", "/v1/auth/tokens", {"phone": phone, "code": codes[-1]})["access_token"])

    def function(self, logical: str) -> str:
        """A function's name by its logical one."""
        found = self.stack.client("cloudformation").describe_stack_resource(
            StackName=self.stack.name, LogicalResourceId=logical
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def run(self, logical: str) -> Any:
        """What a scheduled function answers to its event. Raises Failed when it raises."""
        event = {
            "version": "0", "id": "rehearsal", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "000000000000", "time": "2026-11-22T08:00:00Z", "region": "ap-southeast-1",
            "resources": ["arn:aws:events:ap-southeast-1:000000000000:rule/rehearsal"], "detail": {},
        }  # fmt: skip
        answer = self.stack.client("lambda").invoke(
            FunctionName=self.function(logical), Payload=json.dumps(event).encode()
        )
        content = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise Failed(f"{logical} failed: {content[:500]}")
        return json.loads(content)

    def troubles(self) -> str:
        """What the API's log says went wrong: lines of codes, as CloudWatch would have them."""
        logs = self.stack.client("logs")
        group = f"/aws/lambda/{self.function('APIHandler')}"
        events = logs.filter_log_events(logGroupName=group)["events"]
        lines = [event["message"].strip() for event in events]
        return "\n".join(line for line in lines if '"ERROR"' in line or '"WARNING"' in line)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        with contextlib.closing(http.client.HTTPConnection(HOST, self._port, timeout=60)) as connection:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def _package_twice() -> None:
    target = target_of(CHECKOUT, STAGE)
    digests = []
    for place in (BUILD / STAGE, BUILD / "again"):
        build(STAGE, target, place)
        digests.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(place.iterdir())])
    shutil.rmtree(BUILD / "again")
    if digests[0] != digests[1]:
        raise Failed("Packaging twice gave different bytes.")
    say(f"  twice the same: {digests[0][0][:16]}")


def _lint() -> None:
    for name, regions in REGIONS.items():
        template = json.loads((BUILD / STAGE / name).read_text(encoding="utf-8"))
        transformed = BUILD / f"transformed.{name}"
        transformed.write_text(json.dumps(_transformed(template, regions[0])), encoding="utf-8")
        for file in (BUILD / STAGE / name, transformed):
            with step(f"cfn-lint {file.relative_to(CHECKOUT)}"):
                made = subprocess.run(
                    [sys.executable, "-c", _CFN_LINT, "--regions", *regions, "--template", file],
                    capture_output=True, text=True,
                )  # fmt: skip
            if made.returncode != 0:
                raise Failed(made.stdout + made.stderr)
        transformed.unlink()


def _transformed(template: dict[str, Any], region: str) -> dict[str, Any]:
    """What CloudFormation makes of the SAM template."""
    os.environ["AWS_DEFAULT_REGION"] = region  # the translator asks for the partition by it
    from samtranslator.translator.transform import transform

    logging.getLogger("samtranslator").setLevel(logging.ERROR)

    class NoManagedPolicies:
        def load(self) -> dict[str, str]:
            return {}

    made: dict[str, Any] = transform(located(template, "a-bucket-of-code", "code.zip"), {}, NoManagedPolicies())
    return made


@contextlib.contextmanager
def _strict_emulator() -> Any:
    """A local AWS that evaluates the policies of whoever calls it; this process is its root."""
    kept = dict(os.environ)
    os.environ["AUTH"] = "true"
    try:
        with Emulator() as emulator:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                del os.environ[name]
            os.environ |= local_aws(emulator.endpoint)
            yield emulator
    finally:
        os.environ.clear()
        os.environ |= kept


def readme_commands(text: str) -> list[str]:
    """The commands of the README's section "Deploy", a line each."""
    section = re.search(r"^## Deploy\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```\n(.*?)^```", section[1] if section else "", re.MULTILINE | re.DOTALL)
    return [line for line in "".join(blocks).splitlines() if line.strip()]


def _deploy_as_the_readme_says(endpoint: str) -> None:
    commands = readme_commands((CHECKOUT / "README.md").read_text(encoding="utf-8"))
    if not any("make deploy" in command for command in commands):
        raise Failed("The README's section Deploy does not deploy.")
    for command in commands:
        with step(command):
            made = subprocess.run(["bash", "-ec", command], cwd=CHECKOUT, capture_output=True, text=True)
        if made.returncode != 0:
            raise Failed(f"{command}\n{made.stdout}{made.stderr}")


def _use(deployed: Deployed) -> None:
    """The main road through API Gateway and the deployed function, each call under the function's own role."""
    from tests.people import verification, wish

    with step("health"):
        deployed.call("GET", "/health")
    with step("signing in by SMS"):
        administrator, citizen, claimant = (deployed.sign_in(each) for each in (ADMINISTRATOR, CITIZEN, CLAIMANT))
    with step("round, wish, review, claim, delivery, confirmation"):
        opened = deployed.call("POST", "/v1/rounds", _round(), administrator, 201)
        made = deployed.call("POST", "/v1/wishes", wish(opened["id"]), citizen, 201)
        path = f"/v1/wishes/{made['id']}"
        deployed.call("POST", f"{path}/verify", verification(), administrator)
        deployed.call("POST", f"{path}/publish", {}, administrator)
        claim = deployed.call("POST", f"{path}/claim", {}, claimant, 201)
        deployed.call("POST", f"{path}/claim", {}, citizen, 409)
        deployed.call("POST", f"/v1/claims/{claim['id']}/introduce", {}, administrator)
        deployed.call("POST", f"/v1/claims/{claim['id']}/deliver", {}, claimant)
        deployed.call("POST", f"/v1/claims/{claim['id']}/confirm", {"method": "phone"}, administrator)
        shown = deployed.call("GET", path)
        if shown["state"] != "fulfilled":
            raise Failed(f"The wish is {shown['state']}.")
    with step("statistics, report, inbox"):
        deployed.call("GET", f"/v1/rounds/{opened['id']}/statistics")
        # The local AWS speaks no TLS, so the bucket has to refuse even us; then it is told to let that be.
        deployed.call("POST", f"/v1/rounds/{opened['id']}/reports", {}, administrator, 503)
        deployed.stack.client("s3").delete_bucket_policy(Bucket=deployed.stack.outputs()["FilesBucketName"])
        deployed.call("POST", f"/v1/rounds/{opened['id']}/reports", {}, administrator, 201)
        deployed.call("GET", "/v1/me/inbox", None, claimant)


def _round() -> dict[str, Any]:
    from chalicelib.base import clock

    now = clock.now()
    return {
        "number": 1,
        "name": "第1期",
        "declare_from": clock.stamp(now - timedelta(days=2)),
        "claim_from": clock.stamp(now - timedelta(days=1)),
        "claim_until": clock.stamp(now + timedelta(days=30)),
        "deliver_until": clock.stamp(now + timedelta(days=60)),
    }


def _run_schedules(deployed: Deployed) -> None:
    template = json.loads((BUILD / STAGE / "sam.json").read_text(encoding="utf-8"))
    for name, function in sorted(functions(template).items()):
        for event in function.get("Events", {}).values():
            if event["Type"] == "Schedule":
                with step(f"schedule {name}"):
                    deployed.run(name)
            elif event["Type"] == "SQS":
                with step(f"queue of {name}"):
                    _through_the_queue(deployed, event["Properties"]["Queue"]["Fn::Sub"].rpartition("-")[2])


def _through_the_queue(deployed: Deployed, queue: str) -> None:
    """A message that asks for nothing that is there: the worker takes it and nothing is left."""
    sqs = deployed.stack.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{deployed.stack.name}-{queue}")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(["00000000000000000000000000", "m#0#none#0"]))
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    until = time.monotonic() + _PATIENCE
    while any(
        int(count) for count in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()
    ):
        if time.monotonic() > until:
            raise Failed("The worker left messages in its queue.")
        time.sleep(0.5)


def _update(deployed: Deployed) -> None:
    with step("the stack updated, its data kept"), contextlib.redirect_stdout(io.StringIO()):
        if not deployed.stack.deploy(BUILD / STAGE, {"RequestsPerSecond": "500"}):
            raise Failed("The update changed nothing.")
    if not deployed.call("GET", "/v1/rounds")["items"]:
        raise Failed("The data are gone after an update.")
    with step("the same again changes nothing"), contextlib.redirect_stdout(io.StringIO()):
        if deployed.stack.deploy(BUILD / STAGE, {}):
            raise Failed("Deploying the same again changed something.")


def _delete(deployed: Deployed) -> None:
    with step("the stack deleted, its tables and files retained"):
        deployed.stack.delete()
    left = deployed.stack.client("dynamodb").list_tables()["TableNames"]
    if f"{deployed.stack.name}-wishes" not in left:
        raise Failed("The tables went with the stack.")
    if deployed.stack.client("lambda").list_functions()["Functions"]:
        raise Failed("Functions were left behind.")


if __name__ == "__main__":
    sys.exit(main())
