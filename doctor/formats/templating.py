"""Pages of HTML: one file each, for a browser, from disk or a CI artefact, on paper, and without a network.

Style and script are inline and named by their hashes in the page's own content policy, which allows nothing
else (https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP).
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from doctor.core.errors import DoctorError
from doctor.core.size import say_bytes
from doctor.formats.clean import clean, quote
from doctor.formats.memory_bar import bar_of
from doctor.formats.topics import title_of

if TYPE_CHECKING:
    from jinja2 import Environment


def write_page(template: str, *, styles: tuple[str, ...] = (), scripts: tuple[str, ...] = (), **values: Any) -> str:
    """Fill a template that has the style ``report.css`` and the script ``report.js``, and further ones of its own.

    Raises:
        DoctorError: jinja2 is not installed.
    """
    environment = _environment()
    style = environment.get_template("report.css").render({"kinds": (), "topics": (), **values})
    style += "".join(environment.get_template(name).render() for name in ("pictures.css", *styles))
    script = "".join(environment.get_template(name).render() for name in ("report.js", *scripts))
    return environment.get_template(template).render(
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'",
        **values,
    )


def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        hint = 'pip install "llm-stack-doctor[html]" brings it'
        raise DoctorError("the HTML report is made with jinja2, and jinja2 is not installed", hint=hint) from error
    environment = Environment(
        loader=PackageLoader("doctor.formats"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters |= {"shell": quote, "topic_title": title_of, "bytes": say_bytes, "bar": bar_of, "prose": _prose}
    return environment


def _printable(value: object) -> object:
    """What is written into the page without controls, except the ends of lines; markup of the page's own stays."""
    if hasattr(value, "__html__"):
        return value
    return "\n".join(clean(line) for line in str(value).split("\n"))


def _prose(text: str) -> str:
    """Words with what stands between backticks as code."""
    from markupsafe import Markup  # it comes with jinja2

    parts = clean(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 and number < len(parts) - 1 else part
        for number, part in enumerate(parts)
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
