#!/usr/bin/env bash
# cgroup_v2_places.sh EVALCTL (an absolute path): where in a hierarchy of version 2 a box finds a group for itself. As root, on
# a machine whose processes are all in the top group (on_cgroup_v2.sh).
set -euo pipefail
evalctl=$1
top=/sys/fs/cgroup
failures=0
echo "+memory +pids" >$top/cgroup.subtree_control

isolation() { "$evalctl" sandbox run -- /bin/true 2>&1 | sed -n 's/^isolation: //p'; }
# expect WHAT WANTED GOT
expect() {
  [ "$2" = "$3" ] && return
  echo "$1: wanted \"$2\", got \"$3\""
  failures=$((failures + 1))
}
# in_group GROUP COMMAND: beside a shell that stays in it
in_group() { (echo $BASHPID >"$1/cgroup.procs"; shift; "$@"; true); }

expect "the top group" root+cgroup-v2+landlock "$(isolation)"

mkdir $top/scope
expect "a group without others" root+cgroup-v2+landlock \
  "$( (echo $BASHPID >$top/scope/cgroup.procs; exec "$evalctl" sandbox run -- /bin/true 2>&1) | sed -n 's/^isolation: //p')"

expect "what is left of it" scope "$(find $top/scope -type d | xargs -n1 basename)"

# A login session: the scope has a shell, the slice above it nobody.
mkdir -p $top/user.slice/session.scope
expect "a session" root+cgroup-v2+landlock "$(in_group $top/user.slice/session.scope isolation)"
expect "what is left of that" session.scope "$(ls -d $top/user.slice/*/ | xargs -n1 basename)"
echo 1G >$top/user.slice/session.scope/memory.max
expect "a session with a limit, which boxes elsewhere would not have" root+rlimits+landlock \
  "$(in_group $top/user.slice/session.scope isolation)"

# A container sees its own group as the top, and nothing above it.
mkdir $top/container
container() {
  unshare --cgroup --mount bash -c "
    umount -l $top && mount -t cgroup2 cgroup2 $top
    $1
    '$evalctl' sandbox run -- /bin/true 2>&1" | sed -n 's/^isolation: //p'
}
expect "a container with a shell" root+rlimits+landlock "$(in_group $top/container container true)"
expect "a container whose processes were moved" root+cgroup-v2+landlock "$(in_group $top/container container \
  "mkdir $top/init; xargs -rn1 <$top/cgroup.procs >$top/init/cgroup.procs 2>/dev/null")"

mkdir $top/delegated
chown -R 1000:1000 $top/delegated
as_user() {
  cd "$1"
  TMPDIR=$1 HOME=$1 exec setpriv --reuid 1000 --regid 1000 --clear-groups "$evalctl" sandbox run -- /bin/true 2>&1
}
mkdir -m 777 /run/user-1000
expect "a user in a delegated group" userns+cgroup-v2+landlock \
  "$( (echo $BASHPID >$top/delegated/cgroup.procs; as_user /run/user-1000) | sed -n 's/^isolation: //p')"
mkdir -p $top/manager/terminal
chown -R 1000:1000 $top/manager
expect "a user beside a shell, below a group of its own" userns+cgroup-v2+landlock \
  "$( (echo $BASHPID >$top/manager/terminal/cgroup.procs; (as_user /run/user-1000); true) | sed -n 's/^isolation: //p')"
expect "a user elsewhere" userns+rlimits+landlock "$( (as_user /run/user-1000) | sed -n 's/^isolation: //p')"

[ $failures -eq 0 ]
