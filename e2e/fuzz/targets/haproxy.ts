import { assertHarmless } from "#e2e/fuzz/harmless.ts";
import type { FuzzTarget } from "#e2e/fuzz/target.ts";
import { recorded } from "#e2e/fuzz/targets/read.ts";
import { ok, type Result } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { metricsOf } from "#lib/integrations/haproxy/collector.ts";
import { haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { haproxyFacts } from "#lib/integrations/haproxy/facts.ts";
import { manifest } from "#lib/integrations/haproxy/manifest.ts";
import { observe } from "#lib/integrations/haproxy/observe.ts";
import {
  type ProcessReading,
  parseInfo,
  parseServerStates,
  parseSocketAnswer,
  parseStatCsv,
  parseStatJson,
  type StatRow,
} from "#lib/integrations/haproxy/parse.ts";

const config = haproxyConfig.parse({ processes: [{ name: "lb-1", socket: "/run/haproxy.sock" }] });
const before = new WeakMap<FuzzTarget, HaproxyDetail>();

/** From the reading to what the board, the store and the next poll take of it. */
function follow(target: FuzzTarget, reading: Result<ProcessReading>): void {
  if (!reading.ok) {
    assertHarmless(reading.error);
    return;
  }
  const detail = observe(config, [reading], before.get(target), 1_795_000_000_000);
  const findings = judge(detail, manifest.rules);
  assertHarmless([detail, findings, manifest.summarise(detail), metricsOf(detail), haproxyFacts(detail)]);
  before.set(target, detail);
}

function rowsOnly(target: FuzzTarget, rows: Result<readonly StatRow[]>): void {
  follow(target, rows.ok ? ok({ rows: rows.value, info: null, level: null, states: null }) : rows);
}

/** The columns that are read, of the recorded ones, so that an input is short. */
const header =
  "# pxname,svname,qcur,scur,slim,stot,bin,bout,econ,wretr,wredis,status,weight,act,bck,chkfail,lastchg,type,check_status,check_code,check_duration,hrsp_2xx,hrsp_5xx,req_tot,lastsess,last_chk,agent_status,agent_code,last_agt,qtime,ctime,rtime,ttime,mode,algo,";
const csv = Buffer.from(
  `${header}
fe,FRONTEND,,3,2000,120,400,900,,,,OPEN,,,,,,0,,,,110,2,120,,,,,,,,,,http,,
be,web-01,0,1,50,60,200,450,0,0,0,UP 1/3,1,1,0,2,30,2,L7OK,200,3,55,1,60,1,HTTP status check returned code <200>,L7OK,0,"up, ready",0,1,20,25,http,,
be,web-02,2,4,50,61,200,450,7,1,1,DOWN (agent),0,0,1,9,3,2,* L7STS,503,2,55,1,61,9,Service Unavailable,L7STS,0,say "down",9,9,99,99,http,,
be,BACKEND,2,5,200,121,400,900,7,1,1,UP,1,1,1,,30,1,,,,110,2,121,1,,,,,0,1,20,25,http,roundrobin,
`,
);
const small = Buffer.from("# pxname,svname,type,status,\nbe,web-01,2,UP,\nbe,BACKEND,1,UP,\n");
const info = recorded("haproxy", "healthy-over-socket/1.show-info.txt");
const states = recorded("haproxy", "healthy-over-socket/1.show-servers-state.txt");
const socket = Buffer.concat([
  Buffer.from("admin\n\n"),
  info,
  Buffer.from("\n"),
  csv,
  Buffer.from("\n"),
  states,
  Buffer.from("\n"),
]);
const json = Buffer.from(
  JSON.stringify([
    [
      { objType: "Backend", field: { pos: 0, name: "pxname" }, value: { type: "str", value: "be" } },
      { objType: "Backend", field: { pos: 1, name: "svname" }, value: { type: "str", value: "BACKEND" } },
      { objType: "Backend", field: { pos: 32, name: "type" }, value: { type: "u32", value: 1 } },
      { objType: "Backend", field: { pos: 17, name: "status" }, value: { type: "str", value: "UP" } },
    ],
    [
      { objType: "Server", field: { pos: 0, name: "pxname" }, value: { type: "str", value: "be" } },
      { objType: "Server", field: { pos: 1, name: "svname" }, value: { type: "str", value: "web-01" } },
      { objType: "Server", field: { pos: 32, name: "type" }, value: { type: "u32", value: 2 } },
      { objType: "Server", field: { pos: 65, name: "last_agt" }, value: { type: "str", value: "fine" } },
      { objType: "Server", field: { pos: 4, name: "scur" }, value: { type: "u32", value: 3 } },
    ],
  ]),
);
const words = [
  ...header.slice(2).split(","),
  ...[
    "UP",
    "DOWN",
    "NOLB",
    "MAINT",
    "MAINT (via a/b)",
    "MAINT (resolution)",
    "DRAIN",
    "no check",
    "UP 1/3",
    "DOWN 1/2",
  ],
  ...["L7STS", "L4CON", "L7TOUT", "* L7OK", "FRONTEND", "BACKEND", "# pxname,", "# be_id ", "# agent", '""', "-1"],
  ...["Start_time_sec: ", "Version: ", "Idle_pct: ", "Uptime_sec: ", "srv_admin_state", "admin", "user"],
];

const csvTarget: FuzzTarget = {
  name: "haproxy-csv",
  drives: "`show stat` and the stats page, agent and check words included, to the finding",
  seeds: [csv, small, recorded("haproxy", "hostile/1.stat.csv").subarray(0, 8_000)],
  words,
  guided: true,
  run: (input) => rowsOnly(csvTarget, parseStatCsv(input.toString("utf8"))),
};

const jsonTarget: FuzzTarget = {
  name: "haproxy-json",
  drives: "the stats page as JSON, to the finding",
  seeds: [json],
  words,
  run: (input) => rowsOnly(jsonTarget, parseStatJson(input.toString("utf8"))),
};

const socketTarget: FuzzTarget = {
  name: "haproxy-socket",
  drives: "the whole answer of the stats socket: level, `show info`, `show stat`, `show servers state`",
  seeds: [
    socket,
    Buffer.concat([
      small,
      Buffer.from("\n1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state\n3 be 1 web-01 10.0.0.1 0\n"),
    ]),
  ],
  words,
  run: (input) => {
    const text = input.toString("utf8");
    follow(socketTarget, parseSocketAnswer(text));
    assertHarmless(parseInfo(text));
    parseServerStates(text);
  },
};

export const haproxyTargets: readonly FuzzTarget[] = [csvTarget, jsonTarget, socketTarget];
