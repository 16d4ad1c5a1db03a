#!/bin/sh
# pitwall-run: the only thing that Pitwall's keys may start on this host. sshd starts it as a forced command
# (authorized_keys: restrict,command="/usr/local/lib/pitwall/pitwall-run look /etc/pitwall/allowed"), whatever was asked for:
#
#   pitwall-1 run RUN LENGTH   one line of JSON of that many bytes on stdin: {"command":"ID","args":["…"],"secrets":["…"]}
#   pitwall-1 end RUN          ends a run with everything it started, and prints whether it is gone
#   pitwall-1 hello            prints its version and the digest of the allow-list
#
# It runs what the allow-list has under that ID: exact words, and words that match a pattern. It reads no other file, has no
# other option, evaluates nothing, and no text that came from outside is ever read by a shell.
# `look` in front of the allow-list's path lets a key run commands of that class alone, `act` lets it run both.

set -uf
umask 077
had_lc_all=${LC_ALL-}
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
IFS=' '
export PATH LC_ALL
nl='
'

refuse() {
  printf 'pitwall-run: refused: %s\n' "$1" >&2
  exit 126
}

class=${1-}
list=${2-/etc/pitwall/allowed}
[ "$#" -le 2 ] || refuse 'it takes a class and the path of the allow-list'
case $class in look | act) ;; *) refuse 'its class must be look or act' ;; esac
if [ ! -r "$list" ] || [ ! -f "$list" ]; then refuse "there is no allow-list $list"; fi
# Who may write the list may run anything, and a list is of no use then.
if [ "$(id -u)" -ne 0 ]; then
  if [ -w "$list" ] || [ -w "${list%/*}" ]; then
    refuse "the allow-list $list must belong to root, and its folder too"
  fi
fi

asked=${SSH_ORIGINAL_COMMAND-}
[ "${#asked}" -le 80 ] || refuse 'the request is too long'
case $asked in '' | *[!a-z0-9\ -]*) refuse 'it runs no shell and no free command' ;; esac
# shellcheck disable=SC2086 # Split on purpose; its characters were checked, and nothing is expanded (set -f).
set -- $asked
[ "${1-}" = pitwall-1 ] || refuse 'it runs no shell and no free command'
verb=${2-}
run=${3-}
length=${4-}
[ "$#" -le 4 ] || refuse 'the request has too many words'

# Who shares the machine must not be able to put a file in our way, so the folder is looked at before it is used.
runs=${XDG_RUNTIME_DIR:-/tmp}/pitwall-$(id -u)
open_runs() {
  mkdir -m 700 "$runs" 2>/dev/null
  # shellcheck disable=SC2046,SC2012 # Split on purpose; only the mode and the owner are read.
  set -- $(ls -ldn "$runs")
  case ${1-} in drwx------*) ;; *) refuse "$runs is not a folder of its own" ;; esac
  [ "${3-}" = "$(id -u)" ] || refuse "$runs belongs to somebody else"
  find "$runs" -type f -mmin +1440 -exec rm -f {} + 2>/dev/null
}

# Tells one process from another that gets its number later.
started_at() {
  # shellcheck disable=SC2046 # Split on purpose: numbers, and a name without blanks.
  set -- $(cat "/proc/$1/stat" 2>/dev/null)
  printf '%s' "${22-}"
}

check_run() {
  case $run in '' | *[!a-f0-9]*) refuse 'a run has no such name' ;; esac
  if [ "${#run}" -lt 16 ] || [ "${#run}" -gt 40 ]; then refuse 'a run has no such name'; fi
}

# Only "no such process" proves that a group is gone: "not permitted" is what a command started by sudo answers.
there() {
  case $(kill -s 0 -- "$1" 2>&1 && echo yes) in *'o such process'*) return 1 ;; esac
  return 0
}

# What ended and was not reaped runs no more.
lives() {
  ps -A -o pgid= -o stat= | while read -r group state; do
    [ "$group" = "$1" ] || continue
    case $state in Z*) ;; *) echo yes && break ;; esac
  done
}

gone() {
  there "-$1" || return 0
  [ "$2" = 4 ] && ps -A -o pgid= >/dev/null 2>&1 && [ -z "$(lives "$1")" ]
}

end_run() {
  check_run
  open_runs
  read -r group began <"$runs/$run" 2>/dev/null || { echo unknown && exit 0; }
  case $group in '' | *[!0-9]*) echo unknown && exit 0 ;; esac
  now=$(started_at "$group")
  if [ -n "$now" ] && [ "$now" != "${began-}" ]; then rm -f "$runs/$run" && echo gone && exit 0; fi
  for signal in TERM KILL; do
    kill -s "$signal" -- "-$group" 2>/dev/null
    tries=0
    while [ "$tries" -lt 10 ]; do
      if gone "$group" "$tries"; then rm -f "$runs/$run" && echo gone && exit 0; fi
      sleep 0.1 2>/dev/null || sleep 1
      tries=$((tries + 1))
    done
  done
  echo remains
  exit 0
}

# Takes a JSON string from the front of $rest into $value. Two escapes are known, and nothing else follows a backslash.
# shellcheck disable=SC1003 # A backslash between single quotes is meant.
take_string() {
  case $rest in '"'*) rest=${rest#?} ;; *) refuse 'the request is no JSON of the form that it takes' ;; esac
  value=
  while :; do
    piece=${rest%%[\"\\]*}
    value=$value$piece
    rest=${rest#"$piece"}
    case $rest in
      '"'*)
        rest=${rest#?}
        return 0
        ;;
      '\"'*)
        value=$value'"'
        rest=${rest#??}
        ;;
      '\\'*)
        value=$value'\'
        rest=${rest#??}
        ;;
      *) refuse 'the request is no JSON of the form that it takes' ;;
    esac
  done
}

# Takes exactly this text from the front of $rest.
take() {
  case $rest in "$1"*) rest=${rest#"$1"} ;; *) refuse "$2" ;; esac
}

# A word from outside: so long, of such characters, and no option unless the list's own text is in front.
check_word() {
  min=$1 max=$2 dash=$3 pattern=$4
  if [ "${#value}" -lt "$min" ] || [ "${#value}" -gt "$max" ]; then
    refuse "an argument of $id has not $min to $max characters"
  fi
  case $dash$value in n-*) refuse "an argument of $id must not begin with a dash" ;; esac
  printf '%s\n' "$value" | grep -Eqx -e "$pattern" || refuse "an argument of $id does not match $pattern"
}

case $verb in
  hello)
    [ "$#" -eq 2 ] || refuse 'hello takes nothing'
    read -r first <"$list"
    echo "pitwall-run 1 $class $first"
    exit 0
    ;;
  end)
    [ "$#" -eq 3 ] || refuse 'end takes a run'
    end_run
    ;;
  run) [ "$#" -eq 4 ] || refuse 'run takes a run and a length' ;;
  *) refuse 'it knows run, end and hello' ;;
esac

check_run
case $length in '' | *[!0-9]* | ??????*) refuse 'the request has no such length' ;; esac
if [ "$length" -lt 2 ] || [ "$length" -gt 16384 ]; then refuse 'the request has no such length'; fi

# A group of its own, so that it can be ended as a whole; sshd makes the shell it starts a leader, others do not.
if ! kill -s 0 -- "-$$" 2>/dev/null; then
  [ "${PITWALL_LEADS-}" = "" ] || refuse 'it cannot lead a process group'
  command -v setsid >/dev/null 2>&1 || refuse 'setsid is not installed'
  PITWALL_LEADS=1
  export PITWALL_LEADS
  exec setsid "$0" "$class" "$list"
fi
unset PITWALL_LEADS

# Byte by byte, so that what follows is left for the program. The x keeps line ends at the end.
body=$(dd bs=1 count="$length" 2>/dev/null && echo x)
body=${body%"${nl}x"}
body=${body%x}
[ "${#body}" -eq "$length" ] || refuse 'the request is not as long as it says'
case $body in *[!\ -~]*) refuse 'the request may hold printable ASCII alone' ;; esac

rest=$body
take '{"command":' 'the request is no JSON of the form that it takes'
take_string
id=$value
case $id in '' | *[!a-z0-9.-]*) refuse 'a command has no such name' ;; esac
take ',"args":[' 'the request is no JSON of the form that it takes'

found=''
limit=''
names=''
first=yes
set --
# fd 3, because stdin is the program's.
exec 3<"$list"
while IFS= read -r line <&3; do
  if [ -z "$found" ]; then
    case $line in "command $id "*) ;; *) continue ;; esac
    found=yes
    line=${line#"command $id "}
    [ "${line%% *}" = look ] || [ "$class" = act ] || refuse "$id acts, and this key may only look"
    limit=${line#* }
    continue
  fi
  case $line in
    'word '*) set -- "$@" "${line#word }" ;;
    'text '*)
      # The list's own way to write a line end: %b of printf; the x keeps those at the end.
      piece=$(printf '%bx' "${line#text }")
      set -- "$@" "${piece%x}"
      ;;
    'match '*)
      line=${line#match }
      min=${line%% *} line=${line#* }
      max=${line%% *} line=${line#* }
      [ -n "$first" ] || take ',' "$id takes more arguments"
      first=
      case $rest in ']'*) refuse "$id takes more arguments" ;; esac
      take_string
      check_word "$min" "$max" "${line%% *}" "${line#* }"
      set -- "$@" "$value"
      ;;
    'secret '*) names="$names ${line#secret }" ;;
    end) break ;;
    *) refuse "the allow-list has a line that it does not know" ;;
  esac
done
exec 3<&-
[ -n "$found" ] || refuse "$id is not on the allow-list"
[ "$#" -gt 0 ] || refuse "$id has no words"
case $limit in '' | *[!0-9]*) refuse "$id has no time limit" ;; esac
take '],"secrets":[' "$id takes fewer arguments"
first=yes
for name in $names; do
  [ -n "$first" ] || take ',' "$id takes more secrets"
  first=
  take_string
  export "$name=$value"
done
take ']}' "$id takes fewer secrets"
[ -z "$rest" ] || refuse 'something follows the request'

open_runs
printf '%s %s\n' "$$" "$(started_at $$)" >"$runs/$run" || refuse "$runs cannot be written to"
printf 'pitwall-%s %s\n' "$run" "$$" >&2
unset SSH_ORIGINAL_COMMAND IFS
if [ -n "$had_lc_all" ]; then LC_ALL=$had_lc_all; else unset LC_ALL; fi
if timeout -k 1 9 true 2>/dev/null; then exec timeout -k 5 "$limit" "$@"; fi
exec "$@"
