"""From the types of the routes to the schemas of the OpenAPI document. Pure: types in, builtins out."""

import types
from collections.abc import Iterable, Mapping
from typing import Any, Final, Union, get_args, get_origin

import msgspec

Schema = dict[str, Any]

PLACE: Final = "#/components/schemas/"
_TEMPLATE: Final = PLACE + "{name}"


class Schemas:
    """The component schemas of a set of types, each Struct under a short, unique name."""

    def __init__(self, shapes: Iterable[Any]) -> None:
        """`shapes`: every type the document will ask for; named together, so that no two collide."""
        parts = list({part: None for shape in shapes for part in alternatives(shape)})
        found, components = msgspec.json.schema_components(parts, ref_template=_TEMPLATE)
        names = _short_names(components)
        self.components: dict[str, Schema] = {
            names[name]: _renamed(components[name], names) for name in sorted(components, key=names.__getitem__)
        }
        self._of: dict[Any, Schema] = {part: _renamed(schema, names) for part, schema in zip(parts, found, strict=True)}

    def of(self, shape: Any) -> Schema:
        """The schema of a type given at the start: a reference for a Struct, `anyOf` for a union of them."""
        parts = [self._of[part] for part in alternatives(shape)]
        return parts[0] if len(parts) == 1 else {"anyOf": parts}

    def needs_something(self, shape: Any) -> bool:
        """Whether a body of this Struct has a field that must be given."""
        return bool(self.components[self.of(shape)["$ref"].removeprefix(PLACE)].get("required"))


def alternatives(shape: Any) -> list[Any]:
    """The Structs a reader may get, of a union of several; otherwise the type alone.

    msgspec refuses a union of untagged Structs because it could not decode one. These are only ever encoded.
    """
    if get_origin(shape) in (Union, types.UnionType):
        parts = list(get_args(shape))
        if sum(_is_struct(part) for part in parts) > 1:
            return parts
    return [shape]


def properties(shape: Any) -> list[tuple[str, Schema, bool]]:
    """The fields of a Struct one by one, as query parameters: name, schema without null, whether needed."""
    _, components = msgspec.json.schema_components([shape], ref_template=_TEMPLATE)
    own = components[shape.__name__]
    required = own.get("required", ())
    return [(name, without_null(field), name in required) for name, field in own["properties"].items()]


def without_null(schema: Schema) -> Schema:
    """The schema without the null it allows: a query parameter is given or left out, never null."""
    if schema.get("default", ...) is None:
        schema = {key: value for key, value in schema.items() if key != "default"}
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    only: Schema = choices[0]
    return only | {key: value for key, value in schema.items() if key != "anyOf"}


def carries_version(shape: Any) -> bool:
    """Whether the type, or every alternative of it, has the `version` that an ETag repeats."""
    return all(_is_struct(part) and "version" in part.__struct_fields__ for part in alternatives(shape))


def _is_struct(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


def _short_names(components: Mapping[str, Schema]) -> dict[str, str]:
    """msgspec's names to ours. Where two rooms use the same name it gives the module's path
    (`chalicelib.rounds.routes.EmptyBody`): one name if they say the same, else the room's name before it."""
    last = {name: name.rpartition(".")[2] for name in components}
    found = {}
    for name, short in last.items():
        alike = all(components[other] == components[name] for other in last if last[other] == short)
        room = name.split(".")[1] if name.count(".") > 1 else ""
        found[name] = short if alike else room.capitalize() + short
    return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case {"$ref": str(target)}:
            return value | {"$ref": PLACE + names[target.removeprefix(PLACE)]}
        case dict():
            return {key: _renamed(inner, names) for key, inner in value.items()}
        case list():
            return [_renamed(inner, names) for inner in value]
    return value
