#!/usr/bin/env bash
# The step of action.yml: doctor in an environment of its own examines the job's, which it does not change.
set -uo pipefail

folder=$(mktemp -d)
python3 -m venv "$folder/doctor" && "$folder/doctor/bin/pip" install --quiet "$DOCTOR_VERSION" || exit 4
if [ -n "${DOCTOR_DOCKERFILE:-}" ]; then "$folder/doctor/bin/pip" install --quiet 'dockerfile>=3.4' || exit 4; fi

arguments=(--format github --output "sarif=$DOCTOR_SARIF" --fail-on "$DOCTOR_FAIL_ON")
strict=${DOCTOR_FAIL_ON_UNDETERMINED:-false}
if [ -n "$DOCTOR_REQUIREMENTS" ]; then
    arguments+=(--requirements "$DOCTOR_REQUIREMENTS")
elif [ -n "${DOCTOR_DOCKERFILE:-}" ]; then
    arguments+=(--dockerfile "$DOCTOR_DOCKERFILE")
else
    strict=${DOCTOR_FAIL_ON_UNDETERMINED:-true}
    arguments+=(--python "${DOCTOR_PYTHON:-$(command -v python)}")
fi
while IFS= read -r argument; do
    if [ -n "$argument" ]; then arguments+=("$argument"); fi
done <<<"$DOCTOR_ARGUMENTS"

"$folder/doctor/bin/llm-stack-doctor" check "${arguments[@]}"
code=$?
{ echo "exit-code=$code"; echo "sarif=$DOCTOR_SARIF"; } >>"$GITHUB_OUTPUT"
if [ "$code" = 3 ] && [ "$strict" != true ]; then exit 0; fi
exit "$code"
