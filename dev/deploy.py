"""`make deploy STAGE=prod`: build/<stage> becomes the stack `microwish-<stage>` of the account one is signed in to.

The zip and the template go to a bucket under their hashes, a change set says what would change, and nothing that keeps
data may be replaced or removed by it. The same commands serve AWS, AWS China and the local AWS of the rehearsal.
"""

import hashlib
import json
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from dev.emulator import CHECKOUT
from dev.steps import say, step

BUILD: Final = CHECKOUT / "build"
KEEPS_DATA: Final = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SQS::Queue"})
_PATIENCE: Final = 3600.0  # seconds; a CloudFront distribution takes a quarter of an hour
_NOTHING: Final = ("didn't contain changes", "No updates are to be performed")


class NotDeployed(Exception):
    """The stack is as it was; the text is for people."""


class Stack:
    """One stage's stack, by the credentials and the region botocore finds."""

    def __init__(self, stage: str, session: Any | None = None) -> None:
        self.stage = stage
        self.name = f"microwish-{stage}"
        self._session = session or botocore.session.get_session()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client of the stack's account and region."""
        if service not in self._clients:
            self._clients[service] = self._session.create_client(service)
        return self._clients[service]

    @property
    def region(self) -> str:
        """The region's name."""
        return str(self.client("cloudformation").meta.region_name)

    def describe(self) -> dict[str, Any] | None:
        """The stack as CloudFormation knows it, None before the first deployment."""
        try:
            found: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        # a change set that was never executed leaves such a shell behind
        return None if found["StackStatus"] == "REVIEW_IN_PROGRESS" else found

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        found = self.describe() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}

    def deploy(self, build: Path, parameters: Mapping[str, str], *, may_replace: bool = False) -> bool:
        """Make the stack what `build` says; whether anything changed.

        `parameters` not named keep the value they have. Raises NotDeployed.
        """
        standing = self.describe()
        with step("zip and template to their bucket"):
            template = self._upload(build)
        with step("change set"):
            change_set = self._change_set(template, parameters, standing)
        if change_set is None:
            return False
        changes = list(self._changes(change_set))
        for change in changes:
            say(f"    {change['Action']:<7} {change['ResourceType']:<36} {change['LogicalResourceId']}")
        lost = endangered(changes)
        if lost and not may_replace:
            raise NotDeployed(f"This would replace or remove {', '.join(lost)}, which keep data. See docs/runbook.md.")
        with step("deploying"):
            self._execute(change_set, "CREATE" if standing is None else "UPDATE")
        return True

    def make_secrets(self) -> bool:
        """Generate the application's secrets at the first deployment; whether there were none. Never overwrites any."""
        made = {
            "token_keys": {"k1": secrets.token_urlsafe(48)},
            "token_key": "k1",
            "blind_key": secrets.token_urlsafe(48),
        }
        name = f"/{self.name}/secrets"
        try:
            # Two deployments at once: the parameter is made by one of them.
            self.client("ssm").put_parameter(Name=name, Type="SecureString", Value=json.dumps(made))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterAlreadyExists":
                raise
            return False
        return True

    def delete(self) -> None:
        """Delete the stack; what is marked to be retained stays. Raises NotDeployed."""
        cloudformation = self.client("cloudformation")
        cloudformation.update_termination_protection(EnableTerminationProtection=False, StackName=self.name)
        cloudformation.delete_stack(StackName=self.name)
        self._wait("DELETE")

    def protect(self) -> None:
        """Refuse deletion until somebody takes this back on purpose."""
        self.client("cloudformation").update_termination_protection(
            EnableTerminationProtection=True, StackName=self.name
        )

    def _upload(self, build: Path) -> str:
        """Put both files where CloudFormation can read them; the template's URL."""
        s3, bucket = self.client("s3"), self._bucket()
        code = (build / "deployment.zip").read_bytes()
        key = f"{self.stage}/{hashlib.sha256(code).hexdigest()}.zip"
        s3.put_object(Bucket=bucket, Key=key, Body=code)
        template = json.loads((build / template_for(self.region)).read_text(encoding="utf-8"))
        text = json.dumps(located(template, bucket, key))
        name = f"{self.stage}/{hashlib.sha256(text.encode()).hexdigest()}.json"
        s3.put_object(Bucket=bucket, Key=name, Body=text.encode())
        return f"{s3.meta.endpoint_url}/{bucket}/{name}"

    def _bucket(self) -> str:
        """The private bucket of what was deployed, made on first use."""
        account = self.client("sts").get_caller_identity()["Account"]
        name = f"microwish-code-{account}-{self.region}"
        s3 = self.client("s3")
        where = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        try:
            s3.create_bucket(Bucket=name, **where)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration=dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
            ),
        )
        return name

    def _change_set(self, template: str, parameters: Mapping[str, str], standing: dict[str, Any] | None) -> str | None:
        """A change set that is ready, None where nothing would change. Raises NotDeployed."""
        cloudformation = self.client("cloudformation")
        kept = {each["ParameterKey"] for each in (standing or {}).get("Parameters", ())} - set(parameters)
        known = self._declared(template)
        # The second alone is no name: two deployments fit into one.
        name = f"deploy-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"
        made = cloudformation.create_change_set(
            StackName=self.name,
            ChangeSetName=name,
            ChangeSetType="CREATE" if standing is None else "UPDATE",
            TemplateURL=template,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(parameters.items())]
            + [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept & known)],
            Tags=[{"Key": "project", "Value": "microwish"}, {"Key": "stage", "Value": self.stage}],
        )["Id"]
        for found in self._polled(lambda: cloudformation.describe_change_set(ChangeSetName=made, StackName=self.name)):
            if found["Status"] == "CREATE_COMPLETE":
                return str(made)
            if found["Status"] == "FAILED":
                cloudformation.delete_change_set(ChangeSetName=made, StackName=self.name)
                if any(text in found.get("StatusReason", "") for text in _NOTHING):
                    return None
                raise NotDeployed(f"The change set failed: {found.get('StatusReason', '?')}")
        raise NotDeployed("The change set did not become ready.")

    def _declared(self, template: str) -> set[str]:
        """The parameters the template takes."""
        found = self.client("cloudformation").get_template_summary(TemplateURL=template)
        return {each["ParameterKey"] for each in found.get("Parameters", ())}

    def _changes(self, change_set: str) -> Iterator[dict[str, Any]]:
        asked: dict[str, str] = {"ChangeSetName": change_set, "StackName": self.name}
        while True:
            page = self.client("cloudformation").describe_change_set(**asked)
            yield from (change["ResourceChange"] for change in page["Changes"] if "ResourceChange" in change)
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]

    def _execute(self, change_set: str, kind: str) -> None:
        self.client("cloudformation").execute_change_set(ChangeSetName=change_set, StackName=self.name)
        self._wait(kind)

    def _wait(self, kind: str) -> None:
        """Until the stack has come to rest. Raises NotDeployed unless it is where it was meant to be."""
        for found in self._polled(self.describe):
            status = found["StackStatus"] if found else "DELETE_COMPLETE"
            if status == f"{kind}_COMPLETE":
                return
            if status.endswith(("_COMPLETE", "_FAILED")) and not status.endswith("CLEANUP_IN_PROGRESS"):
                raise NotDeployed(f"The stack is {status}:\n" + "\n".join(self._reasons()))
        raise NotDeployed(f"The stack did not come to rest within {_PATIENCE:.0f} s.")

    def _reasons(self) -> list[str]:
        events = self.client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}"
            for event in events
            if event.get("ResourceStatus", "").endswith("_FAILED")
        ]

    def _polled(self, ask: Any) -> Iterator[Any]:
        until, pause = time.monotonic() + _PATIENCE, 0.2
        while time.monotonic() < until:
            yield ask()
            time.sleep(pause)
            pause = min(pause * 1.5, 10.0)


def template_for(region: str) -> str:
    """The file of the template that CloudFormation takes in the region."""
    return "sam.aws-cn.json" if region.startswith("cn-") else "sam.json"


def located(template: dict[str, Any], bucket: str, key: str) -> dict[str, Any]:
    """The template with every function's code where it was put."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    return template


def endangered(changes: list[dict[str, Any]]) -> list[str]:
    """The resources that keep data and that the changes would replace or remove."""
    return sorted(
        change["LogicalResourceId"]
        for change in changes
        if change["ResourceType"] in KEEPS_DATA
        and (change["Action"] == "Remove" or change.get("Replacement") in ("True", "Conditional"))
    )


def main(arguments: list[str]) -> int:
    """Deploy a stage with NAME=value parameters and say where it answers; the exit status."""
    stage, given = arguments[0], arguments[1:]
    if not (BUILD / stage / "sam.json").is_file():
        say(f"Nothing is packaged for {stage}: make package STAGE={stage}")
        return 1
    try:
        stack = Stack(stage)
        say(f"Deploying {stack.name} to {stack.region}")
        parameters = dict(each.split("=", 1) for each in given if "=" in each)
        if stack.make_secrets():
            say(f"  secrets made: /{stack.name}/secrets")
        changed = stack.deploy(BUILD / stage, parameters, may_replace="--may-replace" in given)
        if stage == "prod":
            stack.protect()
    except (NotDeployed, BotoCoreError, ClientError) as refusal:
        say(f"\nNot deployed. {refusal}")
        return 1
    say("Deployed." if changed else "Nothing has changed.")
    for name, value in sorted(stack.outputs().items()):
        say(f"  {name:<24} {value}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Which stage? make deploy STAGE=prod")
    sys.exit(main(sys.argv[1:]))
