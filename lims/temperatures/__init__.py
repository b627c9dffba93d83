"""How cold a freezer was, by its logger; when it was not as cold as it must be; and which tubes were in it then."""
