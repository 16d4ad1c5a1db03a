import { readdirSync, readFileSync } from "node:fs";
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { z } from "zod";
import { activeFaults, breakLab, type FaultName, healLab } from "#e2e/lab/faults.ts";
import { type Lab, readLab } from "#e2e/lab/lab.ts";
import { browserCookies, type SignedIn } from "#e2e/sign-in.ts";
import { type Board, boardDto } from "#lib/wire/board.ts";
import { incidentDto } from "#lib/wire/incident.ts";
import { maintenanceDto } from "#lib/wire/planned.ts";

export { expect };

/** What the global set-up started. */
export interface Stack {
  readonly address: string;
  readonly labFolder: string;
  readonly dataFolder: string;
  /** Of the first account. */
  readonly session: SignedIn;
  /** The parent of web and poller. */
  readonly pid: number;
}

export interface Story {
  readonly address: string;
  /** Of the first account, an administrator, as whom every page of a story is signed in. */
  readonly session: SignedIn;
  readonly dataFolder: string;
  readonly lab: Lab;
  readonly break: (fault: FaultName) => Promise<void>;
  readonly heal: (fault: FaultName) => Promise<void>;
  /** The board as a script sees it. */
  readonly board: () => Promise<Board>;
  /** Waits until every service is fine and every incident over. */
  readonly allWell: () => Promise<void>;
  readonly pollerPid: () => number;
  readonly webPid: () => number;
}

/** After a fault the stack needs its own time: health checks rise, queues are worked off. */
const recoveryMs = 240_000;

/** A story begins and ends with a stack that is well, whatever happened in between. */
export const test = base.extend<{ story: Story }>({
  baseURL: async ({ browserName: _ }, use) => use(stack().address),
  storageState: async ({ browserName: _ }, use) => use(signedInState()),
  story: async ({ browserName: _ }, use, info) => {
    const { address, labFolder, pid, session, dataFolder } = stack();
    const lab = readLab(labFolder);
    if (lab === null) throw new Error(`there is no lab in ${labFolder}`);
    const board = async () => {
      // A web that hangs fails this story, not the hour.
      const signal = AbortSignal.timeout(60_000);
      const answer = await fetch(`${address}/api/v1/board`, { headers: { ...session }, signal });
      if (!answer.ok) throw new Error(`the board was answered by ${answer.status}: ${await answer.text()}`);
      return boardDto.parse(await answer.json());
    };
    const allWell = async () => {
      // An incident ends a little after its services are green: when that is confirmed.
      const unwell = async () => {
        const { services, incidents = [] } = await board();
        return [...services.filter(({ status }) => status !== "ok").map(({ id }) => id), ...incidents];
      };
      await expect.poll(unwell, { timeout: recoveryMs, message: "what is not over" }).toEqual([]);
    };
    await allWell();
    await use({
      address,
      session,
      dataFolder,
      lab,
      board,
      allWell,
      break: async (fault) => void (await breakLab(lab, fault)),
      heal: async (fault) => void (await healLab(lab, fault)),
      pollerPid: () => childOf(pid, "lib/poller/main.ts"),
      // Next names its process so.
      webPid: () => childOf(pid, "lib/server/main.ts"),
    });
    if (info.status !== info.expectedStatus)
      console.log(
        await board()
          .then((seen) => troubleTold(seen, address, session))
          .catch(String),
      );
    for (const fault of await activeFaults(lab)) await healLab(lab, fault);
    await endPlannedWork(address, session);
    await allWell();
  },
});

/** What a browser keeps that is signed in as the first account. */
export function signedInState() {
  const { address, session } = stack();
  const { hostname } = new URL(address);
  const kept = { domain: hostname, path: "/", expires: -1, httpOnly: true, secure: false, sameSite: "Lax" as const };
  return { cookies: browserCookies(session).map((cookie) => ({ ...cookie, ...kept })), origins: [] };
}

/** Of a browser that nobody signed in with. */
export const signedOutState = { cookies: [], origins: [] };

/** The panel of a service on the board. */
export function panelOf(page: Page, serviceId: string): Locator {
  return page.locator(`#service-${serviceId}`);
}

/** Opens a page of Pitwall and waits until it listens. */
export async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await listening(page);
}

/**
 * Waits until React holds all that can be clicked. What the server painted is seen before that, and a click or a key then is
 * nobody's.
 */
export async function listening(page: Page): Promise<void> {
  const held = () =>
    page.evaluate(() => {
      const elements = [...document.querySelectorAll("a[href], button, input, select, textarea")];
      return elements.every((each) => Object.keys(each).some((key) => key.startsWith("__react")));
    });
  // A page that goes on to another one meanwhile cannot be asked.
  await expect(async () => expect(await held()).toBe(true)).toPass({ timeout: 120_000 });
}

/** Chooses what the finder offers for some letters. The finder must be open. */
export async function chooseFound(page: Page, letters: string, name: RegExp): Promise<void> {
  await page.getByRole("combobox").fill(letters);
  // Enter takes the one that is marked, and it is marked a moment after it is shown.
  await expect(page.getByRole("option", { name, selected: true })).toBeVisible();
  await page.keyboard.press("Enter");
}

/** Opens an action by the finder, as someone in a hurry would. */
export async function openAction(page: Page, title: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await chooseFound(page, title, new RegExp(title));
  await expect(page.getByRole("dialog").getByRole("heading", { name: new RegExp(`^${title}`) })).toBeVisible();
}

/** Waits until the live board's verdict has this status. */
export async function expectVerdict(page: Page, status: Board["verdict"]["status"]): Promise<void> {
  await expect(page.locator(`[data-verdict="${status}"]`)).toBeVisible({ timeout: recoveryMs });
}

function stack(): Stack {
  const told = process.env.PITWALL_STACK;
  if (told === undefined) throw new Error("the stories need the stack that start-stack.ts starts");
  return JSON.parse(told) as Stack;
}

/** What Pitwall said when a story failed: whether the stack was as the story made it, or something else was wrong as well. */
async function troubleTold(
  { services, incidents, verdict }: Board,
  address: string,
  session: SignedIn,
): Promise<string> {
  const findings = services.flatMap(({ id, status, checkedAt, findings }) => [
    ...(status === "ok" ? [] : [`  ${id} is ${status}, checked at ${new Date(checkedAt ?? 0).toISOString()}`]),
    ...findings.map(({ severity, message, node }) => `  ${id}: ${severity} ${node ?? ""} ${message}`),
  ]);
  const told = (incidents ?? []).map(async ({ id }) => {
    const asked = await fetch(`${address}/api/v1/incidents/${id}`, { headers: { ...session } });
    const { timeline } = incidentDto.parse(await asked.json());
    return timeline.map(({ at, text }) => `  ${new Date(at).toISOString()} ${text}`);
  });
  return ["when it failed:", verdict.sentence, ...findings, ...(await Promise.all(told)).flat()].join("\n");
}

/** What a story that failed left planned would hide the trouble of the next. */
async function endPlannedWork(address: string, session: SignedIn): Promise<void> {
  const asked = await fetch(`${address}/api/v1/maintenance`, { headers: { ...session } });
  const { maintenance } = z.object({ maintenance: z.array(maintenanceDto) }).parse(await asked.json());
  for (const { id } of maintenance.filter(({ until, endedBy }) => endedBy === null && until > Date.now()))
    await fetch(`${address}/api/v1/maintenance/${id}/end`, {
      method: "POST",
      headers: { ...session, "content-type": "application/json" },
      body: "{}",
    });
}

/** The child of `parent` whose command line names `program`: proc(5). */
function childOf(parent: number, program: string): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (new RegExp(`^PPid:\\s+${parent}$`, "m").test(status) && command.includes(program)) return Number(pid);
    } catch (cause) {
      // A process may end between the listing and the reading.
      if (!["ENOENT", "ESRCH"].includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
    }
  }
  throw new Error(`process ${parent} has no child ${program}`);
}
