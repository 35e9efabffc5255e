"""SYS012."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.image import need_cuda_image


@rule(severity=Severity.WARNING, cause=Cause.CUDA_TOOLKIT_MISMATCH, since="0.1.0", reads=(READING, TORCH_BUILD))
def image_cuda_differs(env: Env) -> Iterator[Problem]:
    """The base image of a Dockerfile is of the CUDA major version of torch.

    ## What it checks
    The CUDA that the tag of the base image names (`nvidia/cuda:12.4.1-devel-ubuntu22.04`,
    `pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime`) and the CUDA that the torch was built for that is
    installed on it are of one major version.

    ## Why it matters
    The wheels of torch bring CUDA libraries of their own, so those of the image are weight that nothing
    uses; but what is compiled in the image is refused (`The detected CUDA version (11.8) mismatches`),
    libraries of the image on LD_LIBRARY_PATH come before those of the wheels, and the image asks the
    host for a driver of its own CUDA.

    ## How to fix it
    Build on an image of torch's CUDA, or on a plain one (`python:3.12-slim-bookworm`, `ubuntu:22.04`),
    which is enough for wheels.

    ## Sources
    - https://hub.docker.com/r/nvidia/cuda
    - https://docs.vllm.ai/en/latest/deployment/docker/
    - https://github.com/pytorch/pytorch/blob/main/torch/utils/cpp_extension.py (_check_cuda_version)
    """
    image = need_cuda_image(env)
    torch = env.need(TORCH_BUILD)
    if not torch.cuda:
        raise NotApplicableError(f"torch {torch.version} is built without CUDA")
    if _major(image.cuda) == _major(torch.cuda):
        return
    yield Problem(
        subject=image.name,
        message=f"the base image has CUDA {image.cuda}, and torch {torch.version} is built for CUDA {torch.cuda}",
        location=image.place,
        remedies=(
            Remedy(
                text=f"Let line {image.line} name an image of CUDA {_major(torch.cuda)}, or a plain one: "
                "the wheels bring their CUDA libraries along",
                safety=Safety.MANUAL,
            ),
        ),
    )


def _major(version: str) -> str:
    return version.split(".")[0]
