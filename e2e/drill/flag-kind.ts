import { appendFile, readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Action, type ActionPlan, integration, type Manifest, type Step } from "#lib/integrations/integration.ts";

/**
 * A kind for drills of the engine: a real file that says `good` or anything else, and remedies that really write it,
 * through real child processes where it matters. It is no part of the product.
 */
export interface FlagConfig {
  /** What is watched. */
  readonly file: string;
  /** Each step writes a line here when it begins and when it ends. */
  readonly diary: string;
  readonly node: string;
}

export interface FlagDetail {
  readonly text: string;
  readonly node: string;
}

const manifest: Manifest<FlagConfig, FlagDetail> = {
  kind: "flag",
  title: "Flag",
  about: "A file that says how it is.",
  config: z.strictObject({ file: z.string(), diary: z.string(), node: z.string() }),
  metrics: { length: { title: "Length", unit: "count", trend: true } },
  rules: [
    {
      type: "fact",
      id: "not-good",
      title: "Not good",
      severity: "critical",
      help: "The file says something else.",
      find: ({ text, node }) => (text === "good" ? [] : [{ node, message: `says ${text}` }]),
    },
  ],
  nodes: ({ node }) => [node],
  autoheal: { heal: true, "heal-badly": true, "swap-and-wait": true, grave: "it can hurt" },
  summarise: ({ text }) => `says ${text}`,
  columns: 3,
};

type Flag = Action<FlagConfig, FlagDetail>;

/** Writes the file by a real program, and lines into the diary around it. */
function writes(
  id: string,
  text: string,
  more: Partial<Step<FlagConfig, FlagDetail>> = {},
): Step<FlagConfig, FlagDetail> {
  return {
    id,
    title: `Write ${text}`,
    does: `printf ${text}`,
    timeoutMs: 5_000,
    run: async ({ config, transports, signal, output }) => {
      await appendFile(config.diary, `begin ${id}\n`);
      const argv = ["sh", "-c", 'printf %s "$1" > "$2" && echo "wrote $1"', "sh", text, config.file] as const;
      const answer = await transports.ssh.run("local", {
        argv: [...argv],
        timeoutMs: 5_000,
        signal,
        maxBytes: 10_000,
        onLine: (line) => output(line, config.node),
      });
      if (!answer.ok) return answer;
      await appendFile(config.diary, `end ${id}\n`);
      return ok(`the file says ${text}`);
    },
    ...more,
  };
}

function plan(title: string, steps: ActionPlan<FlagConfig, FlagDetail>["steps"], config: FlagConfig, wanted: string) {
  const made: ActionPlan<FlagConfig, FlagDetail> = {
    title,
    effect: "The file says something else.",
    touches: [config.file],
    node: config.node,
    heals: wanted === "good",
    preflight: [
      {
        id: "readable",
        title: "The file can be read",
        run: async () =>
          (await text(config)) === "locked"
            ? { verdict: "block", evidence: "the file says locked" }
            : { verdict: "pass", evidence: "it can" },
      },
    ],
    steps,
    verify: {
      title: `the file says ${wanted}`,
      consecutive: 2,
      everyMs: 20,
      timeoutMs: wanted === "better" ? 500 : 20_000,
      probe: async () => ({ holds: (await text(config)) === wanted, evidence: `it says ${await text(config)}` }),
    },
  };
  return ok(made);
}

async function text({ file }: FlagConfig): Promise<string> {
  return (await readFile(file, "utf8")).trim();
}

const broken: Step<FlagConfig, FlagDetail> = {
  id: "break",
  title: "Break",
  does: "false",
  timeoutMs: 1_000,
  run: async () => err(failure("refused", "nothing listens there")),
};

/** Keeps a fact for whoever comes after, and says that it is not done with. */
const leaves: Step<FlagConfig, FlagDetail> = {
  id: "leave",
  title: "Leave",
  does: "nothing",
  timeoutMs: 20_000,
  run: async ({ config, remember, recall, raise }) => {
    await remember("left", config.node);
    const facts = { left: recall("left") ?? "" };
    await raise({ key: "left", node: config.node, severity: "warning", message: "was left half done", facts });
    return ok("left");
  },
  undo: async ({ clear }) => {
    await clear("left");
    return ok("taken back");
  },
};

/** Begins and then waits for a long time; `obeys` says whether it listens to its signal. */
function waits(obeys: boolean): Step<FlagConfig, FlagDetail> {
  return {
    id: "wait",
    title: "Wait",
    does: "sleep",
    timeoutMs: obeys ? 60_000 : 100,
    run: async ({ config, sleep }) => {
      await appendFile(config.diary, "begin wait\n");
      if (!obeys) return await new Promise<Result<string>>(() => undefined);
      await sleep(60_000);
      return ok("waited");
    },
  };
}

/** A step that can be asked about and put back, whatever was in the file. */
function swaps(wanted: string): Step<FlagConfig, FlagDetail> {
  return writes("swap", wanted, {
    stands: `the file says ${wanted}`,
    run: async ({ config, remember }) => {
      await appendFile(config.diary, "begin swap\n");
      await remember("before", await text(config));
      await writeFile(config.file, wanted);
      return ok(`the file says ${wanted}`);
    },
    probe: async ({ config }) => {
      const said = await text(config);
      return ok({ stands: said === wanted, evidence: `the file says ${said}` });
    },
    undo: async ({ config, recall }) => {
      const before = recall("before");
      if (before === undefined) return err(failure("command-failed", "nobody knows what it said"));
      if ((await text(config)) === wanted) await writeFile(config.file, before);
      return ok(`the file says ${before} again`);
    },
  });
}

const restore = async ({ config }: { readonly config: FlagConfig }): Promise<Result<string>> => {
  await writeFile(config.file, "bad");
  return ok("the file says bad again");
};

function action(id: string, make: Flag["plan"], more: Partial<Flag> = {}): Flag {
  const offer: Flag["offer"] = () => ({ params: [], blocked: null });
  return { id, title: `Do ${id}`, about: "For drills.", risk: "low", offer, plan: make, ...more };
}

const actions: readonly Flag[] = [
  action("heal", (config) => plan("Heal", [writes("heal", "good")], config, "good")),
  action("heal-badly", (config) =>
    plan("Heal badly", [writes("idle", "", { run: async () => ok("done") })], config, "better"),
  ),
  action("undone", (config) => plan("Undone", [writes("one", "half", { undo: restore }), broken], config, "good")),
  action("far-gone", (config) =>
    plan(
      "Far gone",
      [writes("one", "half", { undo: restore }), writes("two", "most", { noReturn: true }), leaves, broken],
      config,
      "good",
    ),
  ),
  action("leave", (config) => plan("Leave", [leaves], config, "better")),
  action("left", (config) => plan("Left", [writes("one", "half"), broken], config, "good")),
  action("slow", (config) => plan("Slow", [writes("one", "half", { undo: restore }), waits(true)], config, "good")),
  action("stuck", (config) => plan("Stuck", [waits(false)], config, "good")),
  action("loud", (config) =>
    plan(
      "Loud",
      [
        writes("loud", "good", {
          run: async ({ output, secret }) => {
            const word = secret("env:FLAG_SECRET");
            output(`\u001b[31mred\u001b[0m ${word.ok ? word.value : ""}`);
            for (let i = 0; i < 5_000; i += 1) output(`line ${i}`);
            return ok(`said ${word.ok ? word.value : ""}`);
          },
        }),
      ],
      config,
      "good",
    ),
  ),
  action("swap", (config) => plan("Swap", [swaps("good")], config, "good")),
  action("swap-and-wait", (config) => plan("Swap and wait", [swaps("half"), waits(true)], config, "good")),
  action("disturb", (config) => plan("Disturb", [swaps("good")], config, "good"), { risk: "medium" }),
  action("grave", (config) => plan("Grave", [swaps("good")], config, "good"), { risk: "critical" }),
  action("rare", (config) => plan("Rare", [swaps("good")], config, "good"), {
    cooldownMs: 3_600_000,
    budget: { runs: 1, withinMs: 3_600_000 },
  }),
  action("choose", (config, { which }) => plan(`Choose ${which}`, [writes("heal", "good")], config, "good"), {
    offer: () => ({
      params: [{ name: "which", label: "Which", options: [{ value: "a", label: "A" }] }],
      blocked: null,
    }),
  }),
  action("blocked", (config) => plan("Blocked", [], config, "good"), {
    offer: () => ({ params: [], blocked: "not on a Friday" }),
  }),
];

export const flag = integration<FlagConfig, FlagDetail>({
  manifest,
  collector:
    async () =>
    async ({ config }) => {
      const now = await readFile(config.file, "utf8").catch(() => null);
      if (now === null) return err(failure("no-such-object", "there is no file"));
      const said = now.trim();
      return ok({
        detail: { text: said, node: config.node },
        metrics: [{ id: "length", node: config.node, value: said.length }],
      });
    },
  actions: async () => actions,
  panel: () => Promise.reject(new Error("a drill has no panel")),
});
