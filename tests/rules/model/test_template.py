from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.rules.model.template import fault_of

GOOD = (
    "{% for m in messages %}{{ m['content'] }}{% endfor %}",
    "{%- if a -%}{{- b -}}{%- elif c %}x{% else %}y{%- endif -%}",
    "{# a {{ comment #}text",
    "{{ '}}' + \"{%\" }}",
    "{{ {'a': {'b': 1}} }}",
    "{% set x = {'a': 1} %}{% set y %}text{% endset %}",
    "{% set ns = namespace(found=false) %}{% if a == b %}{% endif %}",
    "{% raw %}{{ not a tag {% endraw %}{{ 1 }}",
    "{% macro f(a, b=[1, 2]) %}{% endmacro %}",
    "{% generation %}{{ m }}{% endgeneration %}",
    "{% for a in b %}{% break %}{% endfor %}",
    "no tags at all",
)
BAD = {
    "": "is empty",
    "  \n": "is empty",
    "{{ a }": "opens {{ in line 1",
    "x\n{% if a": "opens {% in line 2",
    "{# a": "opens {# in line 1",
    "{% if a %}": "does not end its if block",
    "{% endif %}": "ends if where it is not open",
    "{% for a in b %}{% endif %}": "ends if where it is not open",
    "{{ f(a }}": "no ')'",
    "{{ a] }}": "an unexpected ']'",
    "{% %}": "a statement without a name",
    "{% raw %}{{": "does not end a raw block",
}


@pytest.mark.parametrize("template", GOOD)
def test_good_templates(template: str):
    assert fault_of(template) == ""


@pytest.mark.parametrize(("template", "words"), BAD.items())
def test_bad_templates(template: str, words: str):
    assert words in fault_of(template)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="{}%#' \"ab()endif\n", max_size=40))
def test_any_text_is_judged(template: str):
    fault_of(template)
