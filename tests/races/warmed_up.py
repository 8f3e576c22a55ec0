"""Loaded once by the server the contenders are forked from: they start with the app and its clients ready."""

import app  # noqa: F401
from chalicelib.base import aws, web

web.every_route()  # every room is loaded
for service in ("dynamodb", "s3", "kms", "ssm"):
    aws.client(service)  # no connection is open yet, so that a fork can take it along
