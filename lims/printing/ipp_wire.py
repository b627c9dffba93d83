"""The Internet Printing Protocol's messages as bytes, pure: a request written, an answer read (RFC 8010)."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

Value = int | bool | str | bytes
Attributes = dict[str, list[Value]]

VERSION = b"\x01\x01"


class Operation(IntEnum):
    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


class Tag(IntEnum):
    """What follows: a group's beginning, or a value of such a kind."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49


class NotIpp(ValueError):
    """An answer that is no IPP message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, and the groups of attributes in their order."""

    status: int
    groups: tuple[tuple[int, Attributes], ...]

    @property
    def is_good(self) -> bool:
        return self.status < 0x0100

    def first(self, group: Tag) -> Attributes:
        """The first group of that kind; empty where there is none."""
        return next((attributes for tag, attributes in self.groups if tag == group), {})


def write_request(operation: Operation, request_id: int, attributes: Sequence[tuple[Tag, str, Value | Sequence[str]]]) -> bytes:
    """A request with these operation attributes, after the two every request begins with."""
    always = [(Tag.CHARSET, "attributes-charset", "utf-8"), (Tag.LANGUAGE, "attributes-natural-language", "en")]
    written = b"".join(_attribute(*each) for each in (*always, *attributes))
    return VERSION + struct.pack(">HI", operation, request_id) + bytes([Tag.OPERATION]) + written + bytes([Tag.END])


def read_answer(message: bytes) -> Answer:
    """
    :raises NotIpp: it is something else, or cut off.
    """
    try:
        return _read_answer(message)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotIpp("the answer is no whole IPP message") from error


def _attribute(tag: Tag, name: str, value: Value | Sequence[str]) -> bytes:
    """One attribute; the further values of a set follow under no name."""
    values = [value] if isinstance(value, (int, str, bytes)) else list(value)
    return b"".join(_one(tag, name if place == 0 else "", each) for place, each in enumerate(values))


def _one(tag: Tag, name: str, value: Value) -> bytes:
    if tag in (Tag.INTEGER, Tag.ENUM):
        body = struct.pack(">i", value)
    else:
        body = value.encode() if isinstance(value, str) else bytes([value]) if isinstance(value, int) else value
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(body)) + body


def _read_answer(message: bytes) -> Answer:
    (status,) = struct.unpack(">H", message[2:4])
    if message[0] not in (1, 2):
        raise NotIpp("the answer is no IPP message")
    groups: list[tuple[int, Attributes]] = []
    at, name = 8, ""
    while (tag := message[at]) != Tag.END:
        if tag < 0x10:
            groups.append((tag, {}))
            at += 1
            continue
        named, at = _block(message, at + 1)
        body, at = _block(message, at)
        name = named.decode() or name
        groups[-1][1].setdefault(name, []).append(_value(tag, body))
    return Answer(status, tuple(groups))


def _block(message: bytes, at: int) -> tuple[bytes, int]:
    """The bytes behind their length, and where the next thing stands."""
    (length,) = struct.unpack(">H", message[at : at + 2])
    end = at + 2 + length
    if end > len(message):
        raise NotIpp("the answer is cut off")
    return message[at + 2 : end], end


def _value(tag: int, body: bytes) -> Value:
    if tag in (Tag.INTEGER, Tag.ENUM):
        (number,) = struct.unpack(">i", body)
        return int(number)
    if tag == Tag.BOOLEAN:
        return body != b"\x00"
    if tag in (Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE):
        return _block(body, _block(body, 0)[1])[0].decode()
    return body.decode() if 0x40 <= tag < 0x4A else body


def texts(attributes: Mapping[str, Sequence[Value]], name: str) -> list[str]:
    """The values of an attribute that are text."""
    return [value for value in attributes.get(name, ()) if isinstance(value, str)]


def number(attributes: Mapping[str, Sequence[Value]], name: str) -> int | None:
    """The one number an attribute holds; None where it holds none."""
    value = next(iter(attributes.get(name, ())), None)
    return value if isinstance(value, int) else None
