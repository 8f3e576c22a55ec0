"""The API's description as one page for people: no script, no other host, readable on a phone. Pure."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Any, Final

from chalicelib.base.messages import MESSAGES
from chalicelib.base.openapi_fields import Fields
from chalicelib.base.openapi_labels import label

_STYLE: Final = """
:root{color-scheme:light}
body{margin:0 auto;max-width:60rem;padding:1rem;color:#1c1c1c;background:#fff;overflow-wrap:anywhere;
font:18px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif}
h1{font-size:1.6rem}
h2{margin-top:2.5rem;border-bottom:3px solid #b3261e}
h3,h4{margin:1rem 0 .25rem;font-size:1rem}
a{color:#8c1d18}
nav ul{columns:14rem;padding-left:1.2rem}
nav a{display:inline-block;padding:.3rem 0}
code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em}
details{margin:.5rem 0;padding:0 .75rem;border:1px solid #bbb;border-radius:.4rem}
details[open]{padding-bottom:.75rem}
summary{cursor:pointer;padding:.6rem 0}
summary h3{display:inline;margin:0;font-weight:normal}
.method{display:inline-block;min-width:4.2em;padding:0 .4em;border-radius:.3rem;text-align:center;color:#fff}
.GET{background:#0b5394}.POST{background:#1b5e20}.PUT,.PATCH{background:#7a4100}.DELETE{background:#8c1d18}
.told{display:block}
.who,.type{color:#555}
.required{color:#8c1d18}
ul.fields{list-style:none;margin:0;padding:0}
ul.fields ul.fields{margin-left:.3rem;padding-left:.8rem;border-left:2px solid #ddd}
dl{margin:0}
dt{margin-top:.4rem}
dd{margin:0 0 0 1.2rem}
.answers{display:grid;grid-template-columns:3rem 1fr;gap:.2rem .4rem}
.answers dt,.answers dd{margin:0}
"""


def render(document: dict[str, Any], language: str) -> str:
    """The OpenAPI document as an HTML page with headings in "zh-CN" or "en"; everything in it is escaped."""
    return "".join(_Page(document, language).parts())


class _Page:
    def __init__(self, document: dict[str, Any], language: str) -> None:
        self.document = document
        self.language = language
        self.components = document["components"]
        self.fields = Fields(self.components["schemas"], language)

    def label(self, key: str) -> str:
        return escape(label(key, self.language))

    def parts(self) -> Iterable[str]:
        """The page from top to bottom."""
        yield self.head()
        yield self.contents()
        for room in self.rooms():
            yield f'<section><h2 id="{escape(room)}">{self.label(room)}</h2>'
            for path, method, operation in self.operations(room):
                yield self.operation(path, method, operation)
            yield "</section>"
        yield self.headers()
        yield self.shapes()
        yield self.codes()
        yield "</main></body></html>"

    def head(self) -> str:
        # The page carries its own policy, with the style's hash: nothing else may load or run on it.
        style = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
        return (
            f'<!doctype html><html lang="{escape(self.language)}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{self.label('title')}</title><style>{_STYLE}</style></head><body><main>"
            f"<h1>{self.label('title')} {escape(self.document['info']['version'])}</h1>"
            f'<p>{self.label("intro")} <a href="openapi.json">{self.label("file")}</a></p>'
        )

    def contents(self) -> str:
        names = [*self.rooms(), "headers", "shapes", "codes"]
        links = "".join(f'<li><a href="#{escape(name)}">{self.label(name)}</a></li>' for name in names)
        return f"<nav><h2>{self.label('rooms')}</h2><ul>{links}</ul></nav>"

    def rooms(self) -> list[str]:
        return [tag["name"] for tag in self.document["tags"]]

    def operations(self, room: str) -> Iterable[tuple[str, str, dict[str, Any]]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                if room in operation["tags"]:
                    yield path, method.upper(), operation

    def operation(self, path: str, method: str, operation: dict[str, Any]) -> str:
        told = operation.get("description", "")
        return (
            f'<details id="{escape(operation["operationId"])}"><summary><h3>'
            f'<span class="method {method}">{method}</span> <code>{escape(path)}</code></h3>'
            f'<span class="told">{escape(operation["summary"])}</span></summary>'
            f"{f'<p>{escape(told)}</p>' if told else ''}"
            f'<p class="who">{self.label("who")}: {self.audience(operation["x-audience"])}</p>'
            f"{self.parameters(operation)}{self.body(operation)}{self.answers(operation)}</details>"
        )

    def audience(self, who: str | list[str]) -> str:
        return ", ".join(self.label(each) for each in ([who] if isinstance(who, str) else who))

    def parameters(self, operation: dict[str, Any]) -> str:
        parameters = operation["parameters"]
        own = "".join(self.parameter(each) for each in parameters if "$ref" not in each)
        shared = [self.resolved(each)["name"] for each in parameters if "$ref" in each]
        links = ", ".join(f'<a href="#headers"><code>{escape(name)}</code></a>' for name in shared)
        return f'<h4>{self.label("parameters")}</h4><ul class="fields">{own}<li>{links}</li></ul>'

    def parameter(self, found: dict[str, Any]) -> str:
        where, note = self.label(f"in_{found['in']}"), found.get("description", "")
        return self.fields.row(found["name"], found["schema"], found.get("required", False), where=where, note=note)

    def body(self, operation: dict[str, Any]) -> str:
        if "requestBody" not in operation:
            return ""
        media: dict[str, list[str]] = {}
        for name, kind in operation["requestBody"]["content"].items():
            media.setdefault(self.fields.nested(kind["schema"]), []).append(f"<code>{escape(name)}</code>")
        shown = "".join(f"<p>{', '.join(names)}</p>{nested}" for nested, names in media.items())
        return f"<h4>{self.label('body')}</h4>{shown}"

    def answers(self, operation: dict[str, Any]) -> str:
        answers, problems = [], []
        for status, answer in operation["responses"].items():
            found = self.resolved(answer)
            if "x-codes" in found:
                links = (f'<a href="#code-{code}"><code>{code}</code></a>' for code in found["x-codes"])
                problems.append(f"<dt>{status}</dt><dd>{', '.join(links)}</dd>")
            else:
                kinds = ", ".join(self.content(*item) for item in found.get("content", {}).items())
                answers.append(f"<dt>{status}</dt><dd>{kinds or escape(found['description'])}</dd>")
        return (
            f'<h4>{self.label("answers")}</h4><dl class="answers">{"".join(answers)}</dl>'
            f'<h4>{self.label("problems")}</h4><dl class="answers">{"".join(problems)}</dl>'
        )

    def content(self, media: str, kind: dict[str, Any]) -> str:
        shape = self.fields.kind(kind["schema"])
        return f"<code>{escape(media)}</code>: {shape}" if media != "application/json" else shape

    def headers(self) -> str:
        rows = "".join(self.parameter(each) for each in self.components["parameters"].values())
        return f'<section><h2 id="headers">{self.label("headers")}</h2><ul class="fields">{rows}</ul></section>'

    def shapes(self) -> str:
        shown = "".join(
            f'<details id="shape-{escape(name)}"><summary><h3><code>{escape(name)}</code></h3></summary>'
            f"<p>{escape(schema.get('description', ''))}</p>{self.fields.listed(schema)}</details>"
            for name, schema in self.components["schemas"].items()
        )
        return f'<section><h2 id="shapes">{self.label("shapes")}</h2>{shown}</section>'

    def codes(self) -> str:
        statuses: dict[str, set[str]] = {}
        for operations in self.document["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    for code in self.resolved(answer).get("x-codes", ()):
                        statuses.setdefault(code, set()).add(status)
        rows = "".join(
            f'<dt id="code-{code}"><code>{code}</code> '
            f'<span class="type">{", ".join(sorted(found))}</span></dt>'
            f"<dd>{escape(MESSAGES[code][self.language == 'en'])}</dd>"
            for code, found in sorted(statuses.items())
        )
        return f'<section><h2 id="codes">{self.label("codes")}</h2><dl>{rows}</dl></section>'

    def resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in part:
            return part
        _, _, kind, name = part["$ref"].split("/")
        found: dict[str, Any] = self.components[kind][name]
        return found
