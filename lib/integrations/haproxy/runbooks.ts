import type { Condition, Runbook, RunbookStep } from "#lib/core/runbook.ts";

const out = ["backend-down", "on-backup", "capacity"] as const;
const stillOut: Condition = { finding: [...out] };

/** All checks fail for one reason that is not the servers': serve with them as they are, mend that, let the checks decide again. */
const behindDependency: readonly RunbookStep[] = [
  {
    action: "backend-hold",
    for: out,
    say: "All servers fail their checks because of {root}. Held in rotation they serve what needs no {root}; a dead one gets requests too, until they are released.",
  },
  {
    manual: "Heal {root}",
    on: "root",
    say: "Users are served meanwhile as far as that is possible.",
  },
  {
    check: "Is {root} well again?",
    if: { status: "ok", on: "root" },
    until: true,
    say: "It goes on by itself when the next polls say so.",
  },
  {
    check: "Are servers held?",
    if: { offered: "backend-release" },
    yes: [
      {
        check: "Would they pass their checks now?",
        if: { not: { status: "critical", on: "dependencies" } },
        until: true,
        say: "Released while what they need is down, they are all out again at once.",
      },
      { action: "backend-release", say: "From here on the health checks decide again." },
    ],
  },
];

const servers: readonly RunbookStep[] = [
  {
    check: "Are they out on purpose?",
    if: { finding: "server-planned-out" },
    yes: [{ action: "server-ready", for: ["server-planned-out"], say: "Brings back one that passes its check." }],
  },
  {
    check: "Are servers still missing?",
    if: stillOut,
    yes: [
      {
        choose: "What is wrong with the servers?",
        options: [
          {
            option: "The program behind them is not running",
            if: { finding: "not-running", on: "dependencies" },
            steps: [{ action: "restart-web-server", on: "dependencies", for: ["not-running"] }],
          },
          {
            option: "Their requests hang or queue",
            if: { finding: ["queue", "queue-full", "stuck-process", "oldest-request"], on: "dependencies" },
            steps: [
              {
                action: ["drained-restart", "restart-app"],
                on: "dependencies",
                for: ["queue", "queue-full", "stuck-process", "oldest-request"],
                say: "Its own runbook tells more: open it from the app's page.",
              },
            ],
          },
          {
            option: "Something else",
            steps: [
              {
                manual: "Ask a server directly, without the balancer",
                command: "curl -sv -m 5 http://SERVER:PORT/health",
                say: "The reason that HAProxy saw stands beside each server on the board: refused, timed out, or a wrong answer.",
              },
            ],
          },
        ],
      },
      {
        check: "Are servers still missing, after that?",
        if: stillOut,
        yes: [
          {
            action: "maintenance-page-on",
            say: "Users get a page that says so instead of an error, until it is taken away again.",
          },
        ],
      },
    ],
  },
];

/** Runbooks of the kind. */
export const haproxyRunbooks: readonly Runbook[] = [
  {
    id: "servers-out",
    title: "Every server out of rotation",
    symptom:
      "No server, or too few, take requests, and HAProxy answers 503 itself. It tells whether the servers are broken or only something they all need.",
    when: [...out],
    steps: [
      {
        check: "Is it something that all of them need?",
        if: { cause: "elsewhere" },
        say: "Then the servers are not the trouble, and restarting them will not help.",
        yes: behindDependency,
        no: servers,
      },
      { record: "Write down why the servers left, and what brought them back" },
    ],
  },
];
