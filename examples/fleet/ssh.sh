#!/usr/bin/env bash
# Asks every host of a list for its report over ssh, all of them at once, and judges the fleet.
# Nothing needs to be installed on the hosts but some Python from 3.10 on; nothing is left there.
#
#   ./ssh.sh hosts.txt --python /srv/vllm --model /models/merged --adapter /models/lora
#
# DOCTOR   the doctor of this machine                       REMOTE_PYTHON  the Python that runs the probe there
# SSH      the ssh command with its options                 SECONDS_EACH   how long a host may take
# REPORTS  a folder for the reports that is not there yet   PARALLEL       how many hosts are asked at a time
set -euo pipefail
doctor=${DOCTOR:-doctor}
export SSH=${SSH:-ssh -o BatchMode=yes -o ConnectTimeout=10} REMOTE_PYTHON=${REMOTE_PYTHON:-python3}
export SECONDS_EACH=${SECONDS_EACH:-300} REPORTS=${REPORTS:-reports-$(date +%Y%m%d-%H%M%S)}
hosts=${1:?usage: ssh.sh HOSTS_FILE [OPTION OF THE PROBE...]}
shift
[ -r "$hosts" ] || { echo "$hosts cannot be read: it is the list of hosts, one a line" >&2 && exit 2; }
# Never a folder of an earlier run: an old report would stand for a host that does not answer today.
mkdir "$REPORTS"
"$doctor" snapshot --bundle "$REPORTS/probe.py"

ask() {
    local host=$1 options=
    shift
    [ $# = 0 ] || options=$(printf ' %q' "$@")
    # A report is complete or is not there: what is missing is an error of the verdict.
    # shellcheck disable=SC2086 # SSH and REMOTE_PYTHON hold a command with its arguments
    if timeout "$SECONDS_EACH" $SSH "$host" "$REMOTE_PYTHON -I -$options" \
        <"$REPORTS/probe.py" >"$REPORTS/$host.part" 2>"$REPORTS/$host.err"; then
        mv "$REPORTS/$host.part" "$REPORTS/$host.json"
    else
        echo "$host: no report (status $?): $(head -n 1 "$REPORTS/$host.err")" >&2
    fi
}
export -f ask
sed 's/#.*//' "$hosts" | awk 'NF {print $1}' |
    xargs -P "${PARALLEL:-32}" -I '{}' bash -c 'ask "$@"' _ '{}' "$@"

exec "$doctor" fleet check "$REPORTS" --expect "$hosts"
