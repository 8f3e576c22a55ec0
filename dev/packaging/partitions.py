"""The template for China's partition: CloudFormation there refuses to read one that names a type it does not know."""

import copy
import json
from typing import Any, Final

NOT_IN_CHINA: Final = "HasCloudFront"
"""The condition of all that stands in front of the API by CloudFront, which needs a filing there anyway."""


def without_cloudfront(template: dict[str, Any]) -> dict[str, Any]:
    """The template without what only CloudFront needs; `Front` takes `none` and `waf`."""
    made = copy.deepcopy(template)
    for part in ("Resources", "Outputs"):
        made[part] = {name: each for name, each in made[part].items() if each.get("Condition") != NOT_IN_CHINA}
    made["Parameters"]["Front"]["AllowedValues"].remove("cloudfront")
    for part in ("Conditions", "Parameters"):  # what nothing else mentions any more
        text = json.dumps(made)
        made[part] = {
            name: each for name, each in made[part].items() if text.count(f'"{name}"') > 1 or f"${{{name}}}" in text
        }
    return made
