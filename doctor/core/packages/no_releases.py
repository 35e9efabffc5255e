"""What stands in for the tables of releases where none ship."""

from __future__ import annotations

from doctor.core.packages.flash_wheel import FlashFit, FlashWheel
from doctor.core.packages.release import (
    ConfigAttribute,
    NameHistory,
    Release,
    TransformersRelease,
    VllmRelease,
)


class NoReleases:
    """Nothing is known of any release."""

    def packages(self) -> tuple[str, ...]:
        """None."""
        return ()

    def versions(self, package: str) -> tuple[str, ...]:
        """None."""
        return ()

    def release(self, package: str, version: str) -> Release | None:
        """Not known."""
        return None

    def vllm_release(self, version: str) -> VllmRelease | None:
        """Not known."""
        return None

    def readers_of(self, variable: str) -> tuple[str, ...]:
        """None."""
        return ()

    def transformers_release(self, version: str) -> TransformersRelease | None:
        """Not known."""
        return None

    def flash_wheels(self, fit: FlashFit) -> tuple[FlashWheel, ...]:
        """None."""
        return ()

    def flash_releases(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def name_history(self, module: str, name: str) -> NameHistory | None:
        """Not known."""
        return None

    def call_histories(self, owner: str, name: str) -> tuple[NameHistory, ...]:
        """Not known."""
        return ()

    def config_attribute(self, owner: str, name: str) -> ConfigAttribute | None:
        """Not known."""
        return None

    def first_serving(self, model: str) -> str:
        """Not known."""
        return ""

    def option_history(self, option: str) -> NameHistory | None:
        """Not known."""
        return None
