"""What installed metadata itself refuses, so that one fault is not told twice."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from doctor.core.distribution import Distribution
from doctor.core.fact import Known


def refuses(package: Distribution, partner: str, version: Version | None) -> bool:
    """Whether the metadata of the package refuses this partner, so that PKG001 or PKG002 says it."""
    for line in package.requires.value if isinstance(package.requires, Known) else ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue  # PKG001 says that it cannot be read
        if canonicalize_name(requirement.name) != partner or "extra" in str(requirement.marker):
            continue
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            return True
    return False
