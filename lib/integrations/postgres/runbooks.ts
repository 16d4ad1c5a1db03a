import type { Runbook, RunbookStep } from "#lib/core/runbook.ts";

const running = ["longest-query", "longest-transaction"] as const;
const silent = ["idle-in-transaction"] as const;
const locks = ["blocked-sessions"] as const;
const held = ["pooler-held"] as const;

/** Nothing gentler is left. Only a team's own allow-list lets Pitwall restart a database. */
const restart: readonly RunbookStep[] = [
  {
    check: "May Pitwall restart its unit?",
    if: { offered: "restart-unit" },
    yes: [
      {
        action: "restart-unit",
        say: "It ends every connection and replays WAL before it takes new ones. If a replica is healthy, a switchover is the gentler way.",
      },
    ],
    no: [
      {
        manual: "Restart PostgreSQL on the node that hangs",
        command: "sudo systemctl restart postgresql",
        say: "It ends every connection and replays WAL before it takes new ones. If a replica is healthy, a switchover is the gentler way.",
      },
    ],
  },
];

/** Runbooks of the kind. */
export const postgresRunbooks: readonly Runbook[] = [
  {
    id: "times-out",
    title: "Postgres times out",
    symptom:
      "Clients wait for PostgreSQL or get timeouts. It leads from the mildest remedy to the hardest: a PgBouncer that holds them, a lock, long statements, sessions gone silent, too few connections, a primary that is gone.",
    when: [...running, ...silent, ...locks, ...held, "connections", "node-down", "no-writable"],
    steps: [
      {
        check: "Is the primary gone?",
        if: { finding: ["node-down", "no-writable"], atLeast: "critical" },
        say: "While nothing takes writes, ending sessions mends nothing.",
        yes: [
          {
            manual: "See on its host whether PostgreSQL is down or only unreachable",
            command: "pg_lsclusters; journalctl -u postgresql -n 50 --no-pager",
            say: "A primary that only Pitwall cannot reach must not be failed over: its clients still write to it.",
          },
          {
            action: "failover",
            say: "Loses what no replica has received yet; the plan says how much. If PostgreSQL only needs a start, start it and skip this.",
          },
          {
            check: "Does a node take writes again?",
            if: { not: { finding: ["node-down", "no-writable"], atLeast: "critical" } },
            until: true,
          },
        ],
      },
      {
        check: "Does a PgBouncer hold its clients?",
        if: { finding: [...held] },
        say: "While it is paused they wait without an error, however well PostgreSQL is.",
        yes: [
          {
            action: "resume-pooler",
            for: held,
            say: "First ask whoever paused it: a move or a restart by hand may still go on.",
          },
          {
            check: "Does it still hold them?",
            if: { finding: [...held] },
            yes: [
              {
                manual: "See on its console what holds them",
                command: "psql -p 6432 pgbouncer -c 'SHOW DATABASES' -c 'SHOW POOLS'",
                say: "A database that is disabled, and not paused, takes `ENABLE`.",
              },
            ],
          },
        ],
      },
      {
        check: "Do sessions wait for a lock?",
        if: { finding: [...locks] },
        yes: [
          {
            action: ["terminate-session", "cancel-query"],
            for: locks,
            say: "Only the session at the root of the chain is ended; those that wait for it go on by themselves.",
          },
          {
            check: "Do they still wait?",
            if: { finding: [...locks] },
            yes: [
              {
                action: "terminate-old-sessions",
                params: { which: "idle" },
                say: "Ends all that went silent in a transaction: whoever holds a lock and does nothing is among them.",
              },
            ],
          },
        ],
      },
      {
        check: "Do statements run too long?",
        if: { finding: [...running] },
        yes: [
          {
            action: ["cancel-query", "terminate-session"],
            for: running,
            say: "Cancelling keeps the session. What it ran is kept in the run, so that one can ask why tomorrow.",
          },
          {
            check: "Still?",
            if: { finding: [...running] },
            say: "A statement may not listen to a cancel, or its client begins it again.",
            yes: [
              { action: "terminate-session", for: running, say: "Its client loses the connection." },
              {
                check: "Still?",
                if: { finding: [...running] },
                yes: [
                  {
                    action: ["cancel-old-queries", "terminate-old-sessions"],
                    params: { which: "running" },
                    say: "All at once, for when one comes after the other.",
                  },
                  { check: "Still, after all of them were ended?", if: { finding: [...running] }, yes: restart },
                ],
              },
            ],
          },
        ],
      },
      {
        check: "Have clients gone silent within a transaction?",
        if: { finding: [...silent] },
        yes: [
          { action: "terminate-session", for: silent, say: "Cancelling does nothing to one that runs nothing." },
          {
            check: "Still?",
            if: { finding: [...silent] },
            yes: [{ action: "terminate-old-sessions", params: { which: "idle" } }],
          },
        ],
      },
      {
        check: "Are the connections running out?",
        if: { finding: "connections" },
        yes: [
          {
            action: "terminate-old-sessions",
            params: { which: "idle" },
            say: "Frees the connections of those that hold one and do nothing.",
          },
          {
            check: "Still?",
            if: { finding: "connections" },
            yes: [
              {
                manual: "Find who opens so many, and take it out of service or shrink its pool",
                command:
                  "psql -c \"select application_name, client_addr, state, count(*) from pg_stat_activity where backend_type = 'client backend' group by 1, 2, 3 order by 4 desc limit 20\"",
              },
            ],
          },
        ],
      },
      { record: "Write down what held Postgres up, and what was ended" },
    ],
  },
];
