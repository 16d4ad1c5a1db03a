// What runs on a machine as one script, so that nothing happens between its parts. A host may allow exactly these.

/**
 * Written before `standby.signal`, so that no moment of it starts as a primary. Before 12 both stand in recovery.conf.
 * Source: PostgreSQL documentation, Log-Shipping Standby Servers. Arguments: data folder, conninfo, slot, `1` from 12 on.
 */
export const standbyScript = `set -eu
umask 077
data=$1 conninfo=$2 slot=$3 modern=$4
if [ "$modern" = 1 ]; then file=$data/postgresql.auto.conf; else file=$data/recovery.conf; fi
[ -f "$file" ] || : > "$file"
grep -v -E '^[[:space:]]*(primary_conninfo|primary_slot_name|recovery_target_timeline|standby_mode)[[:space:]]*=' "$file" > "$file.pitwall" || [ $? -eq 1 ]
printf "primary_conninfo = '%s'\\n" "$conninfo" >> "$file.pitwall"
[ -z "$slot" ] || printf "primary_slot_name = '%s'\\n" "$slot" >> "$file.pitwall"
[ "$modern" = 1 ] || printf "standby_mode = 'on'\\nrecovery_target_timeline = 'latest'\\n" >> "$file.pitwall"
mv "$file.pitwall" "$file"
[ "$modern" != 1 ] || : > "$data/standby.signal"
sync
`;

/** One way to the machine instead of four: clients wait meanwhile. One that does not run is fine. */
export const stopScript = `set -eu
bin=$5
"$bin/pg_ctl" -D "$1" -m fast -w -t 60 -s stop || { "$bin/pg_ctl" -D "$1" status > /dev/null && exit 1; }
${standbyScript}
"$bin/pg_controldata" "$1"
`;

export const primaryScript = `set -eu
rm -f "$1/standby.signal"
[ ! -f "$1/recovery.conf" ] || mv "$1/recovery.conf" "$1/recovery.done"
sync
`;

/**
 * Settings lie in the data folder where no package put them elsewhere, and pg_rewind would bring those of the other server. Of
 * files that a rewind broke off in they are the other's already, so what was kept before it stays.
 */
export const keepScript = `set -eu
umask 077
data=$1 kept=$2
mkdir -p "$kept"
[ ! -e "$kept/unfinished" ] || exit 0
for file in "$data"/*.conf; do [ ! -f "$file" ] || cp -p "$file" "$kept/"; done
`;

export const restoreScript = `set -eu
data=$1 kept=$2
for file in "$kept"/*.conf; do [ ! -f "$file" ] || cp -p "$file" "$data/"; done
`;

export const countScript = `"$1/pg_waldump" -p "$2/pg_wal" -t "$3" -s "$4" -r Transaction 2>/dev/null | grep -c "desc: COMMIT" || true`;

/**
 * Changes `host` and `port` of the named databases and nothing else: what other words a line has, passwords among them, stays
 * on that machine. Arguments: `try` or `write`, file, host, port, names. Exit codes: 3 one is not listed, 4 it may not be written.
 */
export const leadScript = `set -eu
umask 077
do=$1 file=$2 host=$3 port=$4; shift 4
[ -w "$file" ] && [ -w "\${file%/*}" ] || { echo "$file and its folder cannot be written by $(id -un)" >&2; exit 4; }
new=$file.pitwall
cp -p -- "$file" "$new"
awk -v host="$host" -v port="$port" -v names="$*" '
function led(rest,   out, token, key, hosted, ported) {
  out = ""; hosted = 0; ported = 0
  while (match(rest, /^[ \\t]*[A-Za-z_]+[ \\t]*=[ \\t]*(\\047([^\\047]|\\047\\047)*\\047|[^ \\t]*)/)) {
    token = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH)
    sub(/^[ \\t]+/, "", token); key = token; sub(/[ \\t]*=.*/, "", key)
    if (key == "host") { token = "host=" host; hosted = 1 }
    if (key == "port") { token = "port=" port; ported = 1 }
    out = out " " token
  }
  if (!hosted) out = out " host=" host
  if (!ported) out = out " port=" port
  return out rest
}
BEGIN { count = split(names, list, " "); for (at = 1; at <= count; at++) wanted[list[at]] = 1; section = "[databases]" }
/^[ \\t]*\\[/ { section = $0; gsub(/[ \\t\\r]/, "", section) }
{
  at = index($0, "="); name = substr($0, 1, at - 1); gsub(/^[ \\t]+|[ \\t]+$/, "", name); gsub(/^"|"$/, "", name)
  if (at > 0 && section == "[databases]" && name in wanted && $0 !~ /^[ \\t]*[;#]/) {
    found[name] = 1; print substr($0, 1, at) led(substr($0, at + 1)); next
  }
  print
}
END { for (name in wanted) if (!(name in found)) { print name " is not listed in it" > "/dev/stderr"; exit 3 } }
' "$file" > "$new" || { code=$?; rm -f -- "$new"; exit "$code"; }
if [ "$do" = try ]; then rm -f -- "$new"; else mv -- "$new" "$file"; fi
`;

/** Whether it is set to start as a standby. Argument: data folder. */
export const standbySetScript = 'test -e "$1/standby.signal" || test -e "$1/recovery.conf"';

/** Puts a fresh copy in the place of the old files, which are kept. Arguments: data folder, the copy, where the old ones go. */
export const swapScript = 'set -eu; mv -- "$1" "$3"; mv -- "$2" "$1"';

/** Lets a server recover by itself, without anybody connected. Arguments: the program, data folder. */
export const aloneScript = 'exec "$1" --single -F -D "$2" template1 < /dev/null';
