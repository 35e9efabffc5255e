"""Names of C++ symbols, as the Itanium ABI writes them.

Only what a report needs is read: the qualified name, not the parameter types
(https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling).
"""

from __future__ import annotations

import re

TORCH_SYMBOL = re.compile(
    rb"_Z(?:T[VISTv]|GV|Th\w*?_|TcN?)?N[rVKRO]*(?:3c10|2at|5torch|6caffe2)"  # names in torch's namespaces
    rb"|_Z\d+THP"  # torch's Python bindings (THPVariable_Wrap)
    rb"|aoti_torch_"  # torch's stable C interface
)
"""What begins the name of a symbol that only torch's own libraries define."""

_SPECIAL = {"TV": "vtable for ", "TI": "typeinfo for ", "TS": "typeinfo name for ", "TT": "VTT for "}
# No name is longer than six digits say; a damaged table may hold any number.
_NUMBER = re.compile(r"\d{1,6}")
_OLD_STRING = re.compile(r"S[0-9A-Z]*_|T[0-9]*_|L[a-z]n?\d+E|Ss|\d{1,6}")
_OPERATORS = {"ls": "<<", "rs": ">>", "eq": "==", "ne": "!=", "cl": "()", "ix": "[]", "aS": "=", "pl": "+", "mi": "-"}


def demangle(name: str) -> str:
    """Return the qualified name with the symbol behind it: ``c10::Error::Error [_ZN3c105ErrorC2E...]``.

    Where a part is beyond this reader (templates' arguments), the name ends in ``...``; a name
    that is not mangled is returned as it is.
    """
    match = re.match(r"_Z(T[VIST])?N[rVKRO]*", name)
    if match is None:
        return name
    parts, complete = _parts(name, match.end())
    if not parts:
        return name
    readable = _SPECIAL.get(match[1] or "", "") + "::".join(parts) + ("" if complete else "...")
    return f"{readable} [{name}]"


def _parts(name: str, place: int) -> tuple[list[str], bool]:
    parts: list[str] = []
    while place < len(name):
        number = _NUMBER.match(name, place)
        code = name[place : place + 2]
        if number:
            place = number.end() + int(number[0])
            parts.append(name[number.end() : place])
        elif code in ("C1", "C2", "C3") and parts:
            parts.append(parts[-1])
            place += 2
        elif code in ("D0", "D1", "D2") and parts:
            parts.append("~" + parts[-1])
            place += 2
        elif code in _OPERATORS:
            parts.append("operator" + _OPERATORS[code])
            place += 2
        else:
            return parts, name[place] == "E"
    return parts, False


def string_abi(name: str) -> bool | None:
    """Which std::string a symbol mentions: True the one of C++11, False the old one, None neither.

    The new one stands in the inline namespace ``__cxx11``, the old one is abbreviated ``Ss``
    (https://gcc.gnu.org/onlinedocs/libstdc++/manual/using_dual_abi.html).
    """
    if "__cxx1112basic_string" in name:
        return True
    place = 2
    while match := _OLD_STRING.search(name, place):
        if match[0] == "Ss":
            return False
        # An identifier is skipped whole: `7isSsl..` is not a string.
        place = match.end() + (int(match[0]) if match[0].isdigit() else 0)
    return None
