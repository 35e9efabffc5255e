"""The base image of a Dockerfile, for the rules on what it goes with."""

from __future__ import annotations

from doctor.core.reading import READING, BaseImage
from doctor.core.rule import Env, NotApplicableError


def need_image(env: Env) -> BaseImage:
    """The base image; a rule on it does not apply where no Dockerfile was read."""
    image = env.need(READING).image
    if image is None:
        raise NotApplicableError("no Dockerfile was read: --dockerfile names one")
    return image


def need_cuda_image(env: Env) -> BaseImage:
    """The base image where its tag names a CUDA; a rule on that does not apply to another."""
    image = need_image(env)
    if not image.cuda:
        raise NotApplicableError(f"the tag of {image.name} names no CUDA")
    return image
