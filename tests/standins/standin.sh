# What the stand-ins for docker, kind and kubectl share. They keep clusters as folders below $STATE/clusters, write every
# call to $STATE/calls, and do to the command that $FAULT (a regular expression) matches what $EFFECT says:
#   fail   exit 1 at once     once   exit 1 the first time
#   half   do half of it, then exit 1     hang   wait to be killed
# shellcheck shell=bash
set -euo pipefail

tool=${0##*/}
call="$tool $*"
printf '%s\n' "$call" >>"$STATE/calls"
printf '%s\n' "${KUBECONFIG-none}" >>"$STATE/kubeconfigs"

effect=
if [[ -n ${FAULT-} && $call =~ $FAULT ]]; then
  effect=${EFFECT:-fail}
fi
if [[ $effect == once ]]; then
  [[ -e $STATE/once ]] || effect=fail
  touch "$STATE/once"
fi
case $effect in
  fail)
    echo "$tool: made to fail" >&2
    exit 1
    ;;
  hang)
    # Told from beside: bash itself would let a signal pass that comes while it waits for a child.
    { sleep 0.1; : >"$STATE/hanging"; } &
    exec sleep 60
    ;;
esac

option() { # The value of an option of the call: option NAME ARGUMENT...
  local name=$1
  shift
  while [[ $# -gt 0 ]]; do
    [[ $1 != "$name" ]] || { printf '%s\n' "$2"; return; }
    shift
  done
  echo "$call lacks $name" >&2
  exit 64
}

named() { [[ $1 =~ ^[a-z0-9.-]+$ && ${#1} -le 50 ]] || { echo "bad cluster name $1" >&2; exit 64; }; }
