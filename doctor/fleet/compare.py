"""Applying fleet rules. Whatever a rule does, there is an outcome for it."""

from __future__ import annotations

import dataclasses

from doctor.core.fleet.report import Finding, FleetOutcome, Gap
from doctor.core.fleet.rule import FleetEnv, FleetRule
from doctor.core.rule import NotApplicableError, UndeterminedError


def compare(rule: FleetRule, fleet: FleetEnv) -> FleetOutcome:
    """Apply one fleet rule; what it noted of other rules does not reach it."""
    env = dataclasses.replace(fleet, gaps={})
    findings: list[Finding] = []
    reasons: tuple[str, ...] = ()
    judged = len(env.answered)
    try:
        for finding in rule.compare(env):
            findings.append(finding)  # noqa: PERF402 - what was found before an exception is kept
    except NotApplicableError as error:
        if not findings:
            judged, reasons = 0, (str(error),)
    except UndeterminedError as error:
        env.gap(str(error))
    except Exception as error:  # noqa: BLE001 - a broken rule is undetermined and says so
        env.gap(f"the rule failed: {type(error).__name__}: {error}")
    nowhere = {index for nodes in env.gaps.values() for index in nodes}
    return FleetOutcome(
        code=rule.code,
        name=rule.name,
        topic=rule.topic,
        title=rule.title,
        severity=rule.severity,
        cause=rule.cause,
        judged=max(judged - len(nowhere), 0),
        findings=tuple(findings),
        gaps=tuple(Gap(reason=reason, nodes=tuple(sorted(nodes))) for reason, nodes in env.gaps.items()),
        reasons=reasons,
    )
