"""From untrusted JSON to typed values: decoded by msgspec, every wrong field reported at once.

msgspec stops at the first fault; a person filling in a form wants all of them. So the fast path decodes in
one go, and only a refused body is walked again, field by field, to collect what is wrong.
"""

import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

import msgspec

from chalicelib.base import text
from chalicelib.base.problems import BadRequest, FieldFault, Unprocessable

T = TypeVar("T")

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
"""A short text on one line: names, titles."""
Lines = Annotated[str, msgspec.Meta(max_length=2000)]
"""A longer text, line breaks allowed."""
_MULTILINE_FROM = 200  # texts allowed to be longer than this may hold line breaks


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a POST, PUT or PATCH takes. Unknown fields are refused."""


def parse(raw: bytes, shape: type[T]) -> T:
    """The body as `shape`, all texts tidied (NFC, outer white space off).

    Raises BadRequest `bad_json` for what is no JSON, Unprocessable with one fault per wrong field otherwise.
    """
    try:
        loose = msgspec.json.decode(raw or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BadRequest("bad_json") from error
    return convert(loose, shape)


def convert(loose: object, shape: type[T]) -> T:
    """Builtin values as `shape`; see `parse`."""
    try:
        tidy = _tidied(loose, shape)
    except RecursionError as error:  # hundreds of brackets inside each other: no honest body
        raise BadRequest("bad_json") from error
    faults = list(_characters(tidy, shape, ""))
    try:
        found = msgspec.convert(tidy, shape)
    except (msgspec.ValidationError, RecursionError):
        faults += _faults(tidy, shape, "")
    if faults:
        once = {(fault.field, fault.code): fault for fault in faults}
        raise Unprocessable("invalid_fields", errors=[once[key] for key in sorted(once)])
    return found


@cache
def fields_of(shape: Any) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a Struct type by the names JSON uses."""
    return {field.encode_name: field for field in msgspec.structs.fields(shape)}


def _tidied(value: object, shape: Any) -> object:
    """The value with every text of a Struct's fields in normal form, so that lengths are measured on what is kept."""
    match value:
        case str():
            return text.tidy(value, lines=_takes_lines(shape))
        case dict():
            return {key: _tidied(inner, _shape_at(shape, key)) for key, inner in value.items()}
        case list():
            inner_shape = _shape_of_elements(shape)
            return [_tidied(inner, inner_shape) for inner in value]
    return value


def _characters(value: object, shape: Any, path: str) -> Iterator[FieldFault]:
    match value:
        case str():
            if text.fault(value, lines=_takes_lines(shape)):
                yield FieldFault(path, "field_characters")
        case dict():
            for key, inner in value.items():
                yield from _characters(inner, _shape_at(shape, key), _join(path, key))
        case list():
            inner_shape = _shape_of_elements(shape)
            for index, inner in enumerate(value):
                yield from _characters(inner, inner_shape, f"{path}[{index}]")


def _faults(value: object, shape: Any, path: str) -> Iterator[FieldFault]:
    """Every fault of `value` against `shape`, each at its own field."""
    struct = _struct_in(shape)
    if struct is not None and isinstance(value, dict):
        yield from _struct_faults(value, struct, path)
    elif isinstance(value, dict) and get_origin(_plain(shape)) is dict:
        for key, inner in value.items():
            yield from _faults(inner, _shape_at(shape, key), _join(path, key[:60]))
    elif isinstance(value, list) and _fits(value, shape):
        inner_shape = _shape_of_elements(shape)
        for index, inner in enumerate(value):
            yield from _faults(inner, inner_shape, f"{path}[{index}]")
    else:
        try:
            msgspec.convert(value, shape)
        except msgspec.ValidationError as error:
            yield _fault(str(error), shape, path)


def _fits(value: list[Any], shape: Any) -> bool:
    """Whether the shape is a list and takes so many elements; then the faults are theirs."""
    limits = _limits(shape)
    enough = len(value) >= (limits.min_length or 0)
    return (
        get_origin(_plain(shape)) is list and enough and (limits.max_length is None or len(value) <= limits.max_length)
    )


def _struct_faults(value: dict[str, Any], struct: Any, path: str) -> Iterator[FieldFault]:
    fields = fields_of(struct)
    for name in value:
        if name not in fields:
            yield FieldFault(_join(path, name[:60]), "field_unknown")
    for name, field in fields.items():
        if name in value:
            yield from _faults(value[name], field.type, _join(path, name))
        elif field.required:
            yield FieldFault(_join(path, name), "field_missing")


def _fault(message: str, shape: Any, path: str) -> FieldFault:
    limits = _limits(shape)
    # An element of a list or map carries its own path: "... - at `$[0].x`".
    message, _, where = message.partition(" - at `$")
    place = path + where.rstrip("`") if where else path
    if "length" in message and not message.startswith("Expected `str"):
        return FieldFault(place, *_between("field_count", limits.min_length, limits.max_length))
    if "length" in message:
        return FieldFault(place, *_between("field_length", limits.min_length, limits.max_length))
    if "`int` " in message or "`float` " in message:
        return FieldFault(place, *_between("field_range", limits.ge, limits.le))
    if "Invalid enum value" in message:
        choices = [str(choice) for choice in _choices(shape)]
        return FieldFault(place, *(("field_choice", {"choices": ", ".join(choices)}) if choices else ("field_value",)))
    if message.startswith("Expected `") and "got" in message:
        return FieldFault(place, "field_type", {"expected": message.split("`")[1].removesuffix(" | null")})
    return FieldFault(place, "field_value")


class _Limits:
    def __init__(self) -> None:
        self.min_length: int | None = None
        self.max_length: int | None = None
        self.ge: float | None = None
        self.le: float | None = None


def _limits(shape: Any) -> _Limits:
    found = _Limits()
    for part in _parts(shape):
        for meta in getattr(part, "__metadata__", ()):
            if isinstance(meta, msgspec.Meta):
                for name in ("min_length", "max_length", "ge", "le"):
                    if getattr(meta, name) is not None:
                        setattr(found, name, getattr(meta, name))
    return found


_LEAST: Final = {
    "field_length": "field_least_length",
    "field_count": "field_least_count",
    "field_range": "field_least",
}


def _between(code: str, least: float | None, most: float | None) -> tuple[str, dict[str, Any]]:
    """The fault's code with its bounds; one with no upper bound has a sentence of its own."""
    if most is None:
        return _LEAST[code], {"least": least or 0}
    return code, {"least": least or 0, "most": most}


def _parts(shape: Any) -> list[Any]:
    if get_origin(shape) in (Union, types.UnionType):
        return [part for inner in get_args(shape) for part in _parts(inner)]
    return [shape]


def _plain(shape: Any) -> Any:
    """The shape without Optional and Annotated."""
    for part in _parts(shape):
        if part is not type(None) and part is not msgspec.UnsetType:
            return get_args(part)[0] if get_origin(part) is Annotated else part
    return shape


def _struct_in(shape: Any) -> Any:
    """The Struct a JSON object would be: the shape itself, or the one among its alternatives."""
    for part in _parts(shape):
        plain = _plain(part)
        if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
            return plain
    return None


def _shape_at(shape: Any, key: str) -> Any:
    """The shape of an object's value under `key`, None where nothing is known of it."""
    struct = _struct_in(shape)
    if struct is not None:
        field = fields_of(struct).get(key)
        return field.type if field else None
    plain = _plain(shape)
    return get_args(plain)[1] if get_origin(plain) is dict else None


def _shape_of_elements(shape: Any) -> Any:
    """The shape of a list's elements, None where nothing is known of them."""
    return next(iter(get_args(_plain(shape))), None)


def _choices(shape: Any) -> tuple[Any, ...]:
    plain = _plain(shape)
    return get_args(plain) if str(plain).startswith("typing.Literal") else ()


def _takes_lines(shape: Any) -> bool:
    return (_limits(shape).max_length or 0) > _MULTILINE_FROM


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
