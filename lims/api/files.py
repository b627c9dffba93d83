"""A file as the body of a request, as it is: a scanner's or a logger's, which no JSON string would hold."""

from typing import Any

from flask import request

from lims.api.fields import Name
from lims.api.frame import Decorator
from lims.api.schema import Schema

TYPES = ("application/octet-stream", "text/csv")


class FileIn(Schema):
    """What is said of a file whose content is the body."""

    file_name = Name(120, required=True, metadata={"description": "Its name; what it is, is told by its content"})


def takes_file(describe: Any) -> Decorator:
    """An endpoint of ``describe`` (its blueprint's ``doc``) that takes a file of these types as its body."""
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in TYPES}
    decorator: Decorator = describe(requestBody={"required": True, "content": content})
    return decorator


def file_body() -> bytes:
    """The body as it was sent; at most 1 MB."""
    return request.get_data(cache=True)
