"""What the API says of itself is true, and readable."""

import re

from flask import Flask


def test_every_endpoint_is_described(app: Flask) -> None:
    said = app.test_client().get("/api/v1/openapi.json").json
    assert said is not None
    assert said["openapi"].startswith("3.1")
    described = {(path, method) for path, methods in said["paths"].items() for method in methods if method != "parameters"}
    served = {
        (re.sub(r"<(?:[^:>]*:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1") and rule.endpoint != "api-docs.openapi_json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                assert operation["summary"], (method, path)
                assert operation["responses"]["default"], (method, path)


def test_the_page_shows_every_address_and_fetches_nothing_from_elsewhere(app: Flask) -> None:
    client = app.test_client()
    said, page = client.get("/api/v1/openapi.json").json, client.get("/api/docs").text
    assert said is not None
    assert all(f"<code>{path}</code>" in page for path in said["paths"])
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<script" not in page
    assert "style=" not in page
    assert client.get("/api/docs/docs.css").content_type.startswith("text/css")
