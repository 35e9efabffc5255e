"""Texts that a system of continuous integration does not take for commands to itself when it logs them.

The agent of Azure Pipelines obeys ``##vso[task.setvariable ...]`` anywhere in a line, TeamCity ``##teamcity[...]``,
GitHub's runner ``##[add-matcher]`` anywhere and ``::error::`` at the beginning of one, after any spaces:
https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/Command.cs
https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
"""

from __future__ import annotations

import re
from functools import cache

_compiled = cache(re.compile)

_ANYWHERE = r"#(?=#\w*\[)"
# Where a line begins is only known when it was wrapped; names of C++ (`::at::Tensor`) are none of these.
_LEADING = (
    r"(?<!\S):(?=:(?:add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state"
    r"|set-env|set-output|stop-commands|warning)[ :])"
)


def is_inert(text: str) -> bool:
    """Whether nothing in the text can be a command."""
    return not ("##" in text and _compiled(_ANYWHERE).search(text)) and not (
        "::" in text and _compiled(_LEADING).search(text)
    )


def make_inert(text: str) -> str:
    """The text with the first character of each command written as its escape."""
    if is_inert(text):
        return text
    return _compiled(_LEADING).sub(r"\\x3a", _compiled(_ANYWHERE).sub(r"\\x23", text))


def make_json_inert(text: str) -> str:
    """ASCII JSON as other JSON of the same value, without DEL too; no line of JSON begins with a command."""
    text = text.replace("\x7f", "\\u007f")
    return _compiled(_ANYWHERE).sub(r"\\u0023", text) if "##" in text else text
