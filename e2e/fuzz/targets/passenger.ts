import { assertHarmless } from "#e2e/fuzz/harmless.ts";
import type { FuzzTarget } from "#e2e/fuzz/target.ts";
import { recorded } from "#e2e/fuzz/targets/read.ts";
import { ok } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { passengerConfig } from "#lib/integrations/passenger/config.ts";
import { passengerFacts } from "#lib/integrations/passenger/facts.ts";
import { manifest } from "#lib/integrations/passenger/manifest.ts";
import { failureOf } from "#lib/integrations/passenger/outcome.ts";
import { detailOf, parseNode } from "#lib/integrations/passenger/parse.ts";

const config = passengerConfig.parse({
  nodes: [{ name: "web-01", host: "web-01", restart: ["apachectl", "start"] }],
  app: "/srv/learn",
});
const [node] = config.nodes;
const everyApp = { ...config, app: undefined };

/** From the documents to what the board and the store take of them. */
function follow(xml: string, json: string): void {
  if (node === undefined) throw new Error("the configuration has no node");
  for (const each of [config, everyApp]) {
    const detail = detailOf([parseNode(each, node, { xml: ok(xml), json: ok(json) }, 1_795_000_000_000)]);
    const findings = judge(detail, manifest.rules);
    assertHarmless([detail, findings, manifest.summarise(detail), passengerFacts(detail)]);
  }
}

/** One app with one process of the recorded pool: all that is read, and little that is not. */
const pool = Buffer.from(`<?xml version="1.0" encoding="iso8859-1" ?>
<info version="3"><passenger_version>6.0.17</passenger_version><group_count>1</group_count><process_count>1</process_count><max>3</max><capacity_used>1</capacity_used><get_wait_list_size>0</get_wait_list_size><supergroups><supergroup><name>/srv/learn (production)</name><state>READY</state><get_wait_list_size>0</get_wait_list_size><group default="true"><name>/srv/learn (production)</name><app_root>/srv/learn</app_root><enabled_process_count>1</enabled_process_count><disabling_process_count>0</disabling_process_count><disabled_process_count>0</disabled_process_count><get_wait_list_size>3</get_wait_list_size><processes_being_spawned>0</processes_being_spawned><life_status>ALIVE</life_status><uuid>pRmPdqeGXbNMVFJrNJQe</uuid><options><min_processes>1</min_processes><max_processes>0</max_processes></options><processes><process><pid>1234</pid><sessions>1</sessions><concurrency>1</concurrency><busyness>2147483647</busyness><processed>7</processed><spawn_end_time>1795190000000000</spawn_end_time><last_used>1795190100000000</last_used><uptime>1h 2m 3s</uptime><life_status>ALIVE</life_status><enabled>ENABLED</enabled><cpu>3</cpu><real_memory>34567</real_memory></process></processes></group></supergroup></supergroups></info>`);
const requests = Buffer.from(
  JSON.stringify({
    thread1: {
      active_client_count: 2,
      active_clients: {
        "1-1": {
          current_request: {
            path: "/orders/12345?token=x",
            method: "GET",
            state: "WAITING_FOR_APP_OUTPUT",
            started_at: { relative: "3s ago", relative_timestamp: -3.5, timestamp: 1795190000.5 },
          },
        },
        "1-2": { current_request: { path: "/a", method: "POST", state: "CHECKING_OUT_SESSION", started_at: null } },
      },
    },
  }),
);
const emptyRequests = "{}";
const emptyPool = "<info><max>1</max></info>";

const xmlTarget: FuzzTarget = {
  name: "passenger-xml",
  drives: "`passenger-status --show=xml`, to the finding",
  seeds: [pool, Buffer.from(emptyPool), recorded("passenger", "99-hostile/hostile.pool.xml").subarray(0, 6_000)],
  words: [
    ...["<group>", "</group>", "<processes>", "<process>", "<pid>", "<name>", "<supergroup>", "<options>", "<uptime>"],
    ...["1d 2h", "DETACHED", "DISABLED", "ALIVE", "get_wait_list_size", "last_used", "<!ENTITY lol '&lol;&lol;'>"],
  ],
  guided: true,
  run: (input) => follow(input.toString("utf8"), emptyRequests),
};

const jsonTarget: FuzzTarget = {
  name: "passenger-requests",
  drives: "`passenger-status --show=requests`, to the finding",
  seeds: [requests, recorded("passenger", "99-hostile/hostile.requests.json").subarray(0, 6_000)],
  words: ['"thread1"', '"active_clients"', '"current_request"', '"path"', '"relative_timestamp"', "/a/b/", "?", ":id"],
  run: (input) => follow(emptyPool, input.toString("utf8")),
};

const words = [
  "passenger-status: error: Phusion Passenger doesn't seem to be running.",
  "It appears that multiple Phusion Passenger instances are running. Please select a specific one",
  "sudo: a password is required",
  "sudo: sorry, user pitwall is not allowed to execute '/usr/bin/passenger-status' as root on web-01.",
  "bash: line 1: passenger-status: command not found",
  "No such file or directory - connect(2) for /tmp/passenger.x/agents.s/core_api (Errno::ENOENT)",
  "httpd: could not bind to address [::]:80",
];

const wordsTarget: FuzzTarget = {
  name: "passenger-words",
  drives: "what sudo, shells, Passenger's tools and Apache complain",
  seeds: words.map((text) => Buffer.from(text)),
  words,
  run: (input) => {
    const text = input.toString("utf8");
    const ended = { exitCode: (input[0] ?? 1) || null, signal: null, droppedBytes: 0 };
    assertHarmless(failureOf({ ...ended, stdout: "", stderr: text }, "passenger-status", "web-01"));
    assertHarmless(failureOf({ ...ended, stdout: text, stderr: "" }, "passenger-status", "web-01"));
  },
};

export const passengerTargets: readonly FuzzTarget[] = [xmlTarget, jsonTarget, wordsTarget];
