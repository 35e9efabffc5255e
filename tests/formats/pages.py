"""What the tests of HTML pages look for: what would be loaded from elsewhere, and the tags."""

from __future__ import annotations

import re
from html.parser import HTMLParser

EXTERNAL = re.compile(r"""(?:src|href)\s*=\s*["'](?!#)|url\(|@import""")


def tags_of(text: str) -> list[str]:
    """The tags of a page, in their order."""
    page = _Page()
    page.feed(text)
    return page.tags


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
