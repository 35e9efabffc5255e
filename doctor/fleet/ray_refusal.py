"""Why a Ray cluster cannot be asked, in words that say what to do."""

from __future__ import annotations

from doctor.fleet.ray_address import WHICH_PORT, RayError
from doctor.fleet.ray_process import Question
from doctor.fleet.ray_records import Driver, Refused, Versions

INTERPRETER = "--ray-python /path/to/python names the interpreter of an environment that has the cluster's Ray"


def refusal(refused: Refused, question: Question, driver: Driver | None, cluster: Versions | None) -> RayError:
    """The error for what the driver was refused with."""
    address = question.address
    if refused.reason == "no-ray":
        return RayError(
            f"Ray is not installed for {question.driver}",
            hint=f"pip install 'llm-stack-doctor[fleet]' with the cluster's version of Ray; or {INTERPRETER}",
        )
    if refused.reason == "versions" and driver and cluster:
        return RayError(
            f"the cluster at {address} has Ray {cluster.ray} with Python {cluster.python}; "
            f"{question.driver} has Ray {driver.ray} with Python {driver.python}, and Ray lets no other version in",
            hint=f"{INTERPRETER}; or pip install 'ray=={cluster.ray}' for Python {cluster.python}",
        )
    if refused.reason == "not-a-node":
        return RayError(
            f"this machine is no node of the cluster at {address}, and Ray takes tasks from its nodes only",
            hint=f"run it on one of them: {refused.detail}; or `doctor snapshot` on each node and "
            "`doctor fleet check` with the files",
        )
    if refused.reason == "no-gcs":
        return RayError(f"what listens at {address} is not the GCS of a Ray cluster: {refused.detail}", hint=WHICH_PORT)
    return RayError(f"the cluster at {address} cannot be joined: {refused.detail}")


def silence(question: Question, ending: str) -> RayError:
    """The error for a driver that told of no node; `ending` says how it ended, "" if the time was over."""
    if ending:
        return RayError(f"the Ray driver told of no node of the cluster at {question.address}: {ending}")
    return RayError(
        f"the cluster at {question.address} let no driver in within {question.deadline:g} s",
        hint="`ray status` on the head node says whether the cluster answers at all; --timeout gives it more time",
    )
