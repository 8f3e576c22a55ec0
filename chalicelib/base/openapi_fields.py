"""JSON Schema as lists a person can read: name, type, limits, nested fields. Pure; all text is escaped."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

import msgspec

from chalicelib.base.openapi_labels import label

_DEEPEST: Final = 6
"""Nested lists shown at most; deeper, and where a shape holds itself, a link to the shape does."""

_RANGES: Final = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "items"),
)


class Fields:
    """Writes schemas in one language, looking references up among the component schemas."""

    def __init__(self, shapes: Mapping[str, Any], language: str) -> None:
        self._shapes = shapes
        self._language = language

    def nested(self, schema: dict[str, Any], seen: tuple[str, ...] = ()) -> str:
        """The fields of the schema, and theirs in turn; "" where it has none."""
        found = []
        for name in _referred(schema):
            if name not in seen and len(seen) < _DEEPEST:
                inner = self._shapes[name]
                rows = self._rows(inner, (*seen, name))
                found.append(rows or f'<p class="type">{self.kind(schema)}</p>')
        return "".join(found) or ("" if seen else f'<p class="type">{self.kind(schema)}</p>')

    def listed(self, schema: dict[str, Any]) -> str:
        """The fields of one shape without theirs, which are linked."""
        required = schema.get("required", ())
        rows = "".join(self.row(name, field, name in required) for name, field in schema.get("properties", {}).items())
        return f'<ul class="fields">{rows}</ul>'

    def row(
        self,
        name: str,
        schema: dict[str, Any],
        required: bool,
        *,
        where: str = "",
        note: str = "",
        inner: str = "",
    ) -> str:
        """One field or parameter: its name, type, limits and note; `where` and `inner` are HTML already."""
        told = " ".join(part for part in (where, self.kind(schema), self._limits(schema)) if part)
        must = f' <b class="required">{self._label("required")}</b>' if required else ""
        said = escape(note or schema.get("description", ""))
        return f'<li><code>{escape(name)}</code>{must} <span class="type">{told}</span> {said}{inner}</li>'

    def kind(self, schema: dict[str, Any]) -> str:
        """What the schema is in a few words: a linked shape, a list of it, its choices."""
        if "$ref" in schema:
            name = escape(schema["$ref"].rpartition("/")[2])
            return f'<a href="#shape-{name}">{name}</a>'
        if "anyOf" in schema:
            return self._either(schema["anyOf"])
        if "enum" in schema:
            return self._label("one_of") + ", ".join(f"<code>{_json(choice)}</code>" for choice in schema["enum"])
        if schema.get("format") == "binary":
            return self._label("file_bytes")
        if schema.get("type") == "array" and "items" in schema:
            return self._label("list_of") + self.kind(schema["items"])
        if isinstance(schema.get("additionalProperties"), dict) and "properties" not in schema:
            return self._label("map_of") + self.kind(schema["additionalProperties"])
        return self._label(schema.get("type", "anything"))

    def _rows(self, shape: dict[str, Any], seen: tuple[str, ...]) -> str:
        required = shape.get("required", ())
        rows = "".join(
            self.row(name, field, name in required, inner=self.nested(field, seen) if _referred(field) else "")
            for name, field in shape.get("properties", {}).items()
        )
        return f'<ul class="fields">{rows}</ul>' if rows else ""

    def _either(self, choices: list[dict[str, Any]]) -> str:
        some = [choice for choice in choices if choice != {"type": "null"}]
        limits = [" ".join(part for part in (self.kind(each), self._limits(each)) if part) for each in some]
        words = f" {self._label('or')} ".join(limits)
        return words if len(some) == len(choices) else f"{words} ({self._label('or_none')})"

    def _limits(self, schema: dict[str, Any]) -> str:
        found = [
            _range(schema.get(least), schema.get(most)) + (self._label(unit) if unit else "")
            for least, most, unit in _RANGES
            if least in schema or most in schema
        ]
        if "pattern" in schema:
            found.append(f"{self._label('form')}<code>{escape(schema['pattern'])}</code>")
        if schema.get("default") not in (None, {}, []):
            found.append(f"{self._label('default')}<code>{_json(schema['default'])}</code>")
        return f"({', '.join(found)})" if found else ""

    def _label(self, key: str) -> str:
        return escape(label(key, self._language))


def _range(least: float | None, most: float | None) -> str:
    if least is None:
        return f"≤ {most}"
    return f"≥ {least}" if most is None else f"{least}–{most}"


def _referred(schema: dict[str, Any]) -> list[str]:
    """The shapes a schema refers to, directly, as one of several, as items or as values of a map."""
    if "$ref" in schema:
        return [schema["$ref"].rpartition("/")[2]]
    inner = [*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties")]
    return [name for each in inner if isinstance(each, dict) for name in _referred(each)]


def _json(value: object) -> str:
    return escape(value if isinstance(value, str) else msgspec.json.encode(value).decode())
