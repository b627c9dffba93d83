"""A template is compiled once by a process, whoever shows it; another text of it is another template."""

from jinja2 import DictLoader, Environment

from lims.web.compiled import CompiledTemplates


def test_what_one_house_compiled_the_next_one_shows_and_a_changed_text_is_compiled_anew() -> None:
    compiled = CompiledTemplates()
    first = Environment(loader=DictLoader({"a": "{{ x }} tubes"}), bytecode_cache=compiled, autoescape=True)
    assert first.get_template("a").render(x=3) == "3 tubes"
    second = Environment(loader=DictLoader({"a": "{{ x }} tubes"}), bytecode_cache=compiled, autoescape=True)
    second.compile = None  # type: ignore[method-assign, assignment]  # it is not asked again
    assert second.get_template("a").render(x=4) == "4 tubes"
    changed = Environment(loader=DictLoader({"a": "{{ x }} boxes"}), bytecode_cache=compiled, autoescape=True)
    assert changed.get_template("a").render(x=5) == "5 boxes"
