import type { Condition, Runbook, RunbookStep } from "#lib/core/runbook.ts";

const queued: Condition = { finding: ["queue", "oldest-request", "top-level-queue", "pool-exhausted"] };

/** While something else is broken: keep the hosts in front of users, mend that, put everything back. */
const behindDependency: readonly RunbookStep[] = [
  {
    check: "Does a balancer take hosts out because of it?",
    if: { finding: ["backend-down", "capacity", "on-backup", "server-down", "server-going-down"], on: "dependents" },
    yes: [
      {
        action: "backend-hold",
        on: "dependents",
        for: ["backend-down", "capacity", "on-backup", "server-down", "server-going-down"],
        say: "The health checks fail because of {root}, not because of the hosts. Held in rotation they serve what needs no {root}.",
      },
    ],
  },
  {
    manual: "Heal {root}",
    on: "root",
    say: "Restarting the app would shed its users and mend nothing: the new processes wait for {root} as well.",
  },
  {
    check: "Is {root} well again?",
    if: { status: "ok", on: "root" },
    until: true,
    say: "It goes on by itself when the next polls say so.",
  },
  {
    check: "Are servers still held?",
    if: { offered: "backend-release", on: "dependents" },
    yes: [
      {
        check: "Would the hosts pass their checks?",
        if: { not: { finding: ["queue", "app-cannot-start", "not-running"], atLeast: "critical" } },
        until: true,
        say: "The queue is worked off first: released too early they leave the rotation again.",
      },
      { action: "backend-release", on: "dependents", say: "From here on the health checks decide again." },
    ],
  },
];

const restarts: readonly RunbookStep[] = [
  {
    action: "drained-restart",
    for: ["queue", "queue-full", "oldest-request", "pool-exhausted", "stuck-process"],
    say: "One host at a time leaves its balancers, is restarted, and comes back. Begin with the worst.",
  },
  {
    check: "Does it still grow?",
    if: queued,
    yes: [
      {
        action: "rolling-restart",
        say: "Every host in turn, each drained first. It stops at the first that is not well.",
      },
      {
        check: "Still, in new processes?",
        if: queued,
        yes: [
          {
            manual: "Look for what changed: a deploy, a slow query, more traffic than the hosts carry",
            say: "New processes hang as the old ones did, so it is not their state. Roll the last deploy back, or show the maintenance page.",
          },
        ],
      },
    ],
  },
];

/** Runbooks of the kind. */
export const passengerRunbooks: readonly Runbook[] = [
  {
    id: "queue-grows",
    title: "Passenger queue grows",
    symptom:
      "Requests queue, users wait, and soon Passenger answers 503. It tells first whether the app is to blame at all, and restarts only what a restart can mend.",
    when: ["queue", "queue-full", "oldest-request", "top-level-queue", "pool-exhausted", "stuck-process"],
    steps: [
      {
        check: "Do requests of one path hang?",
        if: { finding: "oldest-request" },
        say: "That path points at what it waits for.",
        unknown: [
          {
            manual: "Look at the requests on a host",
            command:
              "sudo passenger-status --show=requests | grep -A2 '\"path\"\\|uri' | sort | uniq -c | sort -rn | head",
          },
        ],
      },
      {
        check: "Does it wait for something that is in trouble?",
        if: { cause: "elsewhere" },
        say: "Then that is the trouble, and restarting the app will not help.",
        yes: behindDependency,
        no: [
          {
            check: "Do processes hang?",
            if: { offered: "detach-process" },
            yes: [
              {
                action: "detach-process",
                for: ["stuck-process"],
                say: "It gets no further request and Passenger starts another in its place.",
              },
            ],
          },
          { check: "Does the queue still grow?", if: queued, yes: restarts },
        ],
      },
      { record: "Write down which path hung, what it waited for, and what helped" },
    ],
  },
];
