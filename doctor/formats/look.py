"""How text is to be written, apart from the library that writes it."""

from __future__ import annotations

from doctor.core.frozen import frozen


@frozen
class Look:
    """How text is to be written: columns, colours or not, beyond ASCII or not."""

    width: int = 80
    colour: bool = False
    unicode: bool = True

    def mark(self, character: str, plain: str) -> str:
        """Return the character, or the ASCII text that stands for it."""
        return character if self.unicode else plain
