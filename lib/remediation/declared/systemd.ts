import type { UnitConfig } from "#lib/config/actions-schema.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { ActionContext } from "#lib/integrations/integration.ts";

/** What systemd says of one unit. */
export interface UnitState {
  readonly id: string;
  /** All its names, aliases included. */
  readonly names: readonly string[];
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error`. */
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** `success`, `exit-code`, `start-limit-hit`, … of its last end. */
  readonly result: string;
  readonly pid: number;
  /** Another one with each start; empty while it never ran. */
  readonly invocation: string;
  readonly restarts: number;
  /** It hit its start limit, or was restarted by systemd until that gave up: a start may be refused until its failures are reset. */
  readonly givenUp: boolean;
  readonly canStart: boolean;
  readonly refusesManual: boolean;
  /** Units that stop or restart with it. */
  readonly dependants: readonly string[];
}

const properties = [
  "Id",
  "Names",
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "MainPID",
  "InvocationID",
  "NRestarts",
  "Restart",
  "CanStart",
  "RefuseManualStart",
  "RefuseManualStop",
  "RequiredBy",
  "RequisiteOf",
  "BoundBy",
  "ConsistsOf",
];

/** Asks about one unit. It ends with 0 for a unit that does not exist, whose `LoadState` then says so (systemd 252, run). */
export function showArgv({ unit, user }: Pick<UnitConfig, "unit" | "user">): [string, ...string[]] {
  return ["systemctl", ...(user ? ["--user"] : []), "show", `--property=${properties.join(",")}`, "--", unit];
}

/** Acts on one unit, exactly as a line of sudoers names it. */
export function unitArgv(
  { unit, user, sudo }: Pick<UnitConfig, "unit" | "user" | "sudo">,
  verb: "restart" | "reset-failed",
): [string, ...string[]] {
  if (user) return ["systemctl", "--user", verb, unit];
  return sudo ? ["sudo", "-n", "/usr/bin/systemctl", verb, unit] : ["systemctl", "--no-ask-password", verb, unit];
}

export async function readUnit(context: ActionContext, unit: UnitConfig): Promise<Result<UnitState>> {
  const answer = await context.transports.ssh.run(unit.host, {
    argv: showArgv(unit),
    env: { LC_ALL: "C" },
    timeoutMs: 10_000,
    signal: context.signal,
    maxBytes: 64_000,
  });
  if (!answer.ok) return answer;
  const { exitCode, stderr, stdout } = answer.value;
  if (exitCode !== 0) return err(whyNot(exitCode, stderr, unit.host));
  return parseUnit(stdout, unit.unit);
}

function whyNot(exitCode: number | null, stderr: string, host: string): Failure {
  const words = foreignLine(stderr.trim());
  const said = words === "" ? {} : { said: words };
  if (exitCode === 127) return failure("command-not-found", `there is no systemctl on ${host}`, said);
  return failure("command-failed", `systemctl on ${host} ended with ${exitCode}`, said);
}

/** Pure: the lines of `systemctl show`. */
export function parseUnit(text: string, asked: string): Result<UnitState> {
  const fields = new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const at = line.indexOf("=");
      return at <= 0 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
    }),
  );
  const get = (name: string) => foreignLine(fields.get(name) ?? "", 2_000);
  const words = (name: string) =>
    get(name)
      .split(" ")
      .filter((word) => word !== "");
  if (get("LoadState") === "" || get("ActiveState") === "") {
    return err(failure("malformed", `systemctl says nothing of ${asked}`));
  }
  const ties = ["RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf"].flatMap(words);
  return ok({
    id: get("Id") || asked,
    names: words("Names"),
    loadState: get("LoadState"),
    activeState: get("ActiveState"),
    subState: get("SubState"),
    result: get("Result"),
    pid: numberOf(get("MainPID")),
    invocation: get("InvocationID"),
    restarts: numberOf(get("NRestarts")),
    // At the limit systemd keeps the result of the last end, and only a start by hand after it says `start-limit-hit` (252, run).
    givenUp:
      get("Result") === "start-limit-hit" ||
      (get("ActiveState") === "failed" && !["", "no"].includes(get("Restart")) && numberOf(get("NRestarts")) > 0),
    canStart: get("CanStart") === "yes",
    refusesManual: get("RefuseManualStart") === "yes" || get("RefuseManualStop") === "yes",
    // A target that requires it is a goal of the start, and goes on when it is restarted.
    dependants: [...new Set(ties)].filter((one) => !one.endsWith(".target")),
  });
}

function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** It is being stopped or started right now. */
export function isMoving({ activeState }: UnitState): boolean {
  return activeState === "deactivating" || activeState === "activating" || activeState === "reloading";
}

/** A service runs; one of type oneshot has done its work and counts as active. */
export function isUp({ activeState, subState }: UnitState): boolean {
  return activeState === "active" && (subState === "running" || subState === "exited");
}

/** `active (running), pid 812, 3 restarts by itself`. */
export function shownState({ activeState, subState, result, pid, restarts }: UnitState): string {
  const parts = [
    `${activeState} (${subState})`,
    ...(pid === 0 ? [] : [`pid ${pid}`]),
    ...(result === "success" || result === "" ? [] : [`its last end: ${result}`]),
    ...(restarts === 0 ? [] : [`${restarts} restarts by itself`]),
  ];
  return parts.join(", ");
}
