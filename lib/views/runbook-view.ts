import type { Sight } from "#lib/access/sight.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { fittingFindings, type Runbook, runbooksFor } from "#lib/core/runbook.ts";
import { followersOf, type Mark, standingOf } from "#lib/core/runbook-marks.ts";
import type { RunStanding, StepTold, Walk } from "#lib/core/runbook-told.ts";
import { walkRunbook } from "#lib/core/runbook-walk.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import type { Reading, Store } from "#lib/store/open-store.ts";
import { findSession, findSessionAt, listDeclaredRunbooks, listMarks, type SessionRow } from "#lib/store/runbooks.ts";
import { findRun, type RunRow } from "#lib/store/runs.ts";
import { findService, listServices, type ServiceRow } from "#lib/store/services.ts";
import { readBoardsAt } from "#lib/views/board-at.ts";
import { runMarkOf } from "#lib/views/board-service.ts";
import { readBoards } from "#lib/views/board-view.ts";
import { sessionMarkOf } from "#lib/views/following.ts";
import { type ReadBoards, readScene } from "#lib/views/runbook-scene.ts";
import { cutMark, cutTexts, readSeen, type Seen } from "#lib/views/seen.ts";
import { noSuchService } from "#lib/views/service-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { isEnded } from "#lib/wire/run.ts";
import type { RunbookMarkView, RunbookView, SessionView } from "#lib/wire/runbook.ts";

/** Which runbooks there are for the services he sees. */
export async function runbooksView(store: Store, sight: Sight, know: KnowKind): Promise<RunbookMarkView[]> {
  return await store.read(async (reading) => {
    const declared = await listDeclaredRunbooks(reading);
    const marks = new Map<string, { runbook: Runbook; services: string[] }>();
    for (const service of (await listServices(reading)).filter(sight.sees)) {
      for (const runbook of runbooksFor(service, know(service.kind).runbooks, declared)) {
        const { steps: _steps, ...words } = runbook;
        const key = JSON.stringify(words);
        const known = marks.get(key);
        if (known === undefined) marks.set(key, { runbook, services: [service.id] });
        else known.services.push(service.id);
      }
    }
    return [...marks.values()].map(({ runbook: { id, title, symptom, when }, services }) => {
      return { id, title, symptom, when: [...when], services };
    });
  });
}

/** One runbook by the state of the board now, or at `at`, with who follows it. */
export async function runbookView(
  store: Store,
  sight: Sight,
  asked: {
    readonly serviceId: string;
    readonly runbookId: string;
    readonly now: number;
    readonly at?: number | undefined;
  },
  know: KnowKind,
): Promise<Result<RunbookView, Refusal>> {
  return await store.read(async (reading) => {
    const { serviceId, runbookId, now, at } = asked;
    const service = await findService(reading, serviceId);
    if (service === null || !sight.sees(service)) return err(noSuchService(serviceId));
    const session = await findSessionAt(reading, { serviceId, runbookId }, at ?? now);
    const runbook = session?.runbook ?? (await findRunbook(reading, service, runbookId, know));
    if (runbook === null) return err(noSuchRunbook(runbookId));
    const boards = await (at === undefined ? readBoards(reading, sight, now) : readBoardsAt(reading, sight, at));
    return ok(
      await readRunbook(reading, { service, runbook, session, boards, at: at ?? now, past: at !== undefined }, know),
    );
  });
}

/** One following of a runbook: where it stands, or how it went. */
export async function runbookSessionView(
  store: Store,
  sight: Sight,
  id: string,
  now: number,
  know: KnowKind,
): Promise<Result<RunbookView, Refusal>> {
  return await store.read(async (reading) => {
    const session = await findSession(reading, id);
    const seen = await readSeen(reading, sight);
    if (session === null || !seen.has(session.serviceId)) return err(noSuchSession(id));
    const known = await findService(reading, session.serviceId);
    const service = known ?? { id: session.serviceId, name: session.serviceId, group: null };
    const at = session.finishedAt;
    const boards = await (at === null ? readBoards(reading, sight, now) : readBoardsAt(reading, sight, at));
    const about = { service, runbook: session.runbook, session, boards, at: at ?? now, past: at !== null };
    return ok(await readRunbook(reading, about, know));
  });
}

export async function findRunbook(
  reading: Reading,
  service: Pick<ServiceRow, "id" | "kind">,
  runbookId: string,
  know: KnowKind,
): Promise<Runbook | null> {
  const all = runbooksFor(service, know(service.kind).runbooks, await listDeclaredRunbooks(reading));
  return all.find(({ id }) => id === runbookId) ?? null;
}

export function noSuchRunbook(id: string): Refusal {
  return { code: "not-found", detail: `There is no runbook ${id.slice(0, 100)} for this service` };
}

export function noSuchSession(id: string): Refusal {
  return { code: "not-found", detail: `Nobody follows a runbook under the id ${id.slice(0, 100)}` };
}

interface About {
  readonly service: Pick<ServiceRow, "id" | "name" | "group">;
  readonly runbook: Runbook;
  readonly session: SessionRow | null;
  readonly boards: ReadBoards;
  readonly at: number;
  readonly past: boolean;
}

/** A runbook walked by what the board says and what was done, and all that was read for it. */
export async function walkIt(
  reading: Reading,
  { service, runbook, session, boards, at, past }: About,
  know: KnowKind,
): Promise<{
  readonly walk: Walk;
  readonly marks: readonly Mark[];
  readonly runs: ReadonlyMap<string, RunRow>;
  readonly rootId: string | null;
}> {
  const marks = session === null ? [] : await listMarks(reading, session.id, at);
  const standing = standingOf(marks);
  const runs = await readRuns(reading, marks);
  const scene = await readScene(
    reading,
    boards,
    { serviceId: service.id, runbook, rootBefore: standing.rootId, at, past },
    know,
  );
  const walk = walkRunbook(runbook, scene, standing, (id) => runStanding(runs.get(id), at));
  return { walk, marks, runs, rootId: scene.root?.id ?? null };
}

async function readRunbook(reading: Reading, about: About, know: KnowKind): Promise<RunbookView> {
  const { service, runbook, session, boards, at, past } = about;
  const { seen, told } = boards;
  const { walk, marks, runs } = await walkIt(reading, about, know);
  const findings = told.services.find(({ id }) => id === service.id)?.findings ?? [];
  const view = {
    at,
    past,
    id: runbook.id,
    title: runbook.title,
    symptom: runbook.symptom,
    service: { id: service.id, name: service.name, group: service.group },
    fits: fittingFindings(runbook, findings).map(({ message }) => message),
    here: walk.here,
    steps: walk.steps,
    session: session === null ? null : sessionOf(session, { marks, runs, steps: walk.steps, seen }),
  };
  return cutTexts(view, seen) as RunbookView;
}

function sessionOf(
  session: SessionRow,
  {
    marks,
    runs,
    steps,
    seen,
  }: {
    readonly marks: readonly Mark[];
    readonly runs: ReadonlyMap<string, RunRow>;
    readonly steps: readonly StepTold[];
    readonly seen: Seen;
  },
): SessionView {
  const titles = new Map(flat(steps).map(({ id, title }) => [id, title]));
  return {
    ...sessionMarkOf(session),
    finishedBy: session.finishedBy,
    summary: session.summary,
    followers: session.finishedAt === null ? followersOf(marks) : [],
    log: marks.map(({ rootId: _root, ...mark }) => ({
      ...mark,
      title: mark.step === null ? null : (titles.get(mark.step) ?? null),
      seen: mark.seen.map((check) => ({ ...check, words: [...check.words] })),
    })),
    runs: [...runs.values()].filter(({ serviceId }) => seen.has(serviceId)).map((run) => cutMark(runMarkOf(run), seen)),
  };
}

function flat(steps: readonly StepTold[]): StepTold[] {
  return steps.flatMap((step) => [step, ...step.branches.flatMap((branch) => flat(branch.steps))]);
}

async function readRuns(reading: Reading, marks: readonly Mark[]): Promise<Map<string, RunRow>> {
  const runs = new Map<string, RunRow>();
  for (const { runId } of marks) {
    if (runId === null || runs.has(runId)) continue;
    const run = await findRun(reading, runId);
    if (run !== null) runs.set(runId, run);
  }
  return runs;
}

/** What was rehearsed, refused or cancelled was not done; of what nobody knows, nobody says that it was. */
function runStanding(run: RunRow | undefined, at: number): RunStanding | undefined {
  if (run === undefined) return undefined;
  const ended = isEnded(run.state) && (run.finishedAt ?? 0) <= at;
  const done = run.state === "succeeded" || run.state === "succeeded-not-fixed";
  return { ended, done: ended && done, finishedAt: run.finishedAt };
}
