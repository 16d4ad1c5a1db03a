import "#lib/cli/exit-with-parent.ts";
import { Command, CommanderError } from "commander";
import type { AuditWords } from "#lib/cli/audit-read.ts";
import type { VerifyOptions } from "#lib/cli/audit-verify.ts";
import { build } from "#lib/cli/build.ts";
import { check } from "#lib/cli/check.ts";
import { docs } from "#lib/cli/docs.ts";
import type { DrillOptions } from "#lib/cli/drill.ts";
import type { FuzzWords } from "#lib/cli/fuzz.ts";
import type { GrantOptions } from "#lib/cli/grant.ts";
import { schema } from "#lib/cli/schema.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import type { TokenOptions } from "#lib/cli/tokens.ts";

process.exitCode = await run(process.argv.slice(2));

/** Runs one command; the result is the exit code: 0 done, 1 not, 2 not understood. */
async function run(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const stop = new AbortController();
  const surroundings: Surroundings = {
    env: process.env,
    cwd: process.cwd(),
    signal: stop.signal,
    say: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
  };
  // npm passes on what the terminal sends to the whole group as well, so the same Ctrl-C may arrive twice.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort());
  const program = commandsOf(surroundings, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

async function checkAll(surroundings: Surroundings, file: string | undefined, resolve: boolean): Promise<number> {
  const exitCode = check(surroundings, file);
  if (exitCode !== 0 || !resolve) return exitCode;
  return (await (await import("#lib/cli/check-secrets.ts")).resolveSecrets(surroundings, file)) ? 0 : 1;
}

/** Commands that reach for the store, the lab or the tests are loaded when they are asked for: `check` answers at once. */
function commandsOf(surroundings: Surroundings, ended: (exitCode: number) => void): Command {
  const program = new Command("pitwall")
    .description("The board a team looks at, and acts from, when its web stack misbehaves.")
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError("(`pitwall help` lists what there is)");
  program
    .command("start")
    .description("watch what pitwall.yaml names (PORT, HOST, PITWALL_DATA, PITWALL_CONFIG)")
    .action(async () => ended(await (await import("#lib/cli/start.ts")).start(surroundings)));
  program
    .command("demo")
    .option(
      "--small-store",
      "keep the store on a small disk in memory that `lab break disk-full` can fill (needs root)",
    )
    .description("start a real stack on loopback and watch it (PORT, PITWALL_DATA)")
    .action(async (options: { smallStore?: boolean }) =>
      ended(await (await import("#lib/cli/demo.ts")).demo(surroundings, options)),
    );
  program
    .command("check")
    .argument("[file]", "pitwall.yaml to check")
    .option("--resolve", "also ask every provider of `secrets` for what is referred to; nothing of a value is shown")
    .description("say what is wrong with a pitwall.yaml, without starting anything")
    .action(async (file: string | undefined, options: { resolve?: boolean }) =>
      ended(await checkAll(surroundings, file, options.resolve === true)),
    );
  program
    .command("grant")
    .argument("<host>", "a host of pitwall.yaml")
    .option("--write <folder>", "write the files there, and say what changed since the last time")
    .option("--from <address>", "where Pitwall's connections come from, as the host sees it")
    .description("print what to install on a host so that Pitwall may do exactly what pitwall.yaml asks of it")
    .action(async (host: string, options: GrantOptions) =>
      ended(await (await import("#lib/cli/grant.ts")).grant(surroundings, host, options)),
    );
  program
    .command("schema")
    .description("print the JSON Schema of pitwall.yaml for editors")
    .action(() => ended(schema(surroundings)));
  program
    .command("docs")
    .description("refill the tables of options, metrics and rules in each kind's page")
    .action(() => ended(docs(surroundings)));
  program
    .command("routes")
    .option("--json", "print it as JSON")
    .description("print the table of who may: every address, page and command")
    .action(async (options: { json?: boolean }) =>
      ended((await import("#lib/cli/routes.ts")).routes(surroundings, options)),
    );
  program
    .command("migration")
    .argument("<name>", "what it does: add_owner")
    .description("write the migration that leads to what prisma/schema.prisma says")
    .action(async (name: string) => ended(await (await import("#lib/cli/migration.ts")).migration(surroundings, name)));
  const keys = program.command("keys").description("the keys of what Pitwall keeps sealed: list, rotate, forget");
  keys
    .command("list")
    .description("their ids and dates, and how many values each guards")
    .action(async () => ended(await (await import("#lib/cli/keys.ts")).listKeys(surroundings)));
  keys
    .command("rotate")
    .description("make a new key and seal everything under it; run again after a crash, it goes on")
    .action(async () => ended(await (await import("#lib/cli/keys.ts")).rotate(surroundings)));
  keys
    .command("forget")
    .argument("<id>", "an old key that guards nothing any more")
    .description("take an old key out of the file; backups of before the rotation then stay shut")
    .action(async (id: string) => ended(await (await import("#lib/cli/keys.ts")).forget(surroundings, id)));
  addUserCommands(program, surroundings, ended);
  addAuditCommands(program, surroundings, ended);
  program
    .command("openapi")
    .description("print the API as OpenAPI 3.1")
    .action(async () => ended((await import("#lib/cli/openapi.ts")).openapi(surroundings)));
  const token = program.command("token").description("tokens for scripts and machines: add, list, revoke");
  token
    .command("add")
    .argument("<name>", "who uses it, for what")
    .option("--role <role>", "viewer, responder, operator or admin")
    .option("--group <group>", "with --role or --wall: over the services of this group alone")
    .option("--door <door>", "instead of a role, one door for machines: events, heartbeat or poll")
    .option("--wall", "instead, the live board to hang up: prints the path of its link")
    .option("--service <id...>", "with --door: for these services alone")
    .option("--expires <time>", "how long it works, up to 366d (90d)")
    .description("make a token and print it alone; it is told this once")
    .action(async (name: string, options: TokenOptions) =>
      ended(await (await import("#lib/cli/tokens.ts")).addTokenHere(surroundings, name, options)),
    );
  token
    .command("list")
    .description("ids, scopes, ends and last use")
    .action(async () => ended(await (await import("#lib/cli/tokens.ts")).listTokensHere(surroundings)));
  token
    .command("revoke")
    .argument("<which>", "id, or a name that one token has")
    .description("take a token back at once")
    .action(async (which: string) =>
      ended(await (await import("#lib/cli/tokens.ts")).revokeTokenHere(surroundings, which)),
    );
  program
    .command("lab")
    .argument("[words...]")
    .description("the real stack on loopback: up, down, status, break, heal")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => ended(await (await import("#e2e/lab/cli.ts")).main(words)));
  program
    .command("backup")
    .argument("<file>", "where the copy goes; it must not be there yet")
    .description("copy the store whole, while Pitwall may run")
    .action(async (file: string) => ended((await import("#lib/cli/backup.ts")).backup(surroundings, file)));
  program
    .command("health")
    .description("say whether the Pitwall of this machine answers (PORT, HOST, PITWALL_CONFIG)")
    .action(async () => ended(await (await import("#lib/cli/health.ts")).health(surroundings)));
  program
    .command("licences")
    .description("list the licence of every package that runs in production; fails on one that is not allowed")
    .action(async () => ended((await import("#lib/cli/licences.ts")).licences(surroundings)));
  program
    .command("sbom")
    .description("print what runs in production as a CycloneDX bill of materials")
    .action(async () => ended(await (await import("#lib/cli/sbom.ts")).sbom(surroundings)));
  program
    .command("build")
    .option("--force", "build even when nothing changed")
    .description("build the web")
    .action(async (options: { force?: boolean }) => ended(await build(surroundings, options)));
  program
    .command("bench")
    .option("--only <word>", "only the parts with this word in their file's name")
    .option("--json", "print the figures as JSON")
    .description("measure what Pitwall costs: figures beside their aims and yardsticks")
    .action(async (options: { only?: string; json?: boolean }) =>
      ended(await (await import("#lib/cli/bench.ts")).bench(surroundings, options)),
    );
  program
    .command("fuzz")
    .option("--only <word>", "only the parsers with this word in their name")
    .option("--inputs <number>", "inputs for each parser (1000000)")
    .option("--seed <number>", "the same seed makes the same inputs")
    .option("--json", "print the figures as JSON")
    .description("feed every parser of foreign bytes with broken input: no crash, no hang, no flood of memory")
    .action(async (options: FuzzWords) => ended(await (await import("#lib/cli/fuzz.ts")).fuzz(surroundings, options)));
  program
    .command("drill")
    .argument("[name]", "which one; without a name, all are listed", "")
    .option("--times <number>", "how often", "1")
    .option("--from <part>", "of a drill of many parts, this one and those after it")
    .option("--to <part>", "and none after this one; such a run is not kept")
    .option("--json", "print what was measured as JSON")
    .description("try a remedy out on a lab of its own, under real traffic")
    .action(async (name: string, options: DrillOptions) =>
      ended(await (await import("#lib/cli/drill.ts")).drill(surroundings, name, options)),
    );
  program
    .command("test")
    .description("run everything that must hold: format, lint, types, imports, tests, browser stories")
    .action(async () => ended(await (await import("#lib/cli/test-all.ts")).testAll(surroundings)));
  return program;
}

/** Accounts, for the day when nobody can sign in. */
function addUserCommands(program: Command, surroundings: Surroundings, ended: (exitCode: number) => void): void {
  const user = program.command("user").description("accounts at the machine itself: add, reset, disable, enable, list");
  user
    .command("add")
    .argument("<email>", "the address to sign in with")
    .requiredOption("--role <role>", "viewer, responder, operator or admin")
    .option("--group <group>", "only over the services of this group")
    .description("make an account and print a link that sets its password; works while the web is down")
    .action(async (email: string, options: { role: string; group?: string }) =>
      ended(await (await import("#lib/cli/user.ts")).addUser(surroundings, email, options)),
    );
  user
    .command("reset")
    .argument("<email>", "whose account")
    .description("take away password, passkeys and second factor, end all sessions, print a link for a new password")
    .action(async (email: string) => ended(await (await import("#lib/cli/user.ts")).resetUser(surroundings, email)));
  for (const [name, open] of [
    ["disable", false],
    ["enable", true],
  ] as const) {
    user
      .command(name)
      .argument("<email>", "whose account")
      .description(open ? "open a closed account again" : "close an account and end its sessions at once")
      .action(async (email: string) =>
        ended(await (await import("#lib/cli/user.ts")).switchUser(surroundings, email, open)),
      );
  }
  user
    .command("list")
    .description("who has an account, and what each may")
    .action(async () => ended(await (await import("#lib/cli/user.ts")).listUsers(surroundings)));
}

/** Who did what, and whether that is still what was written. */
function addAuditCommands(program: Command, surroundings: Surroundings, ended: (exitCode: number) => void): void {
  const audit = program.command("audit").description("the audit log: list, export, verify");
  filtered(audit.command("list"))
    .option("--limit <number>", "how many rows at most (50)")
    .description("who did what, newest first, a line a row")
    .action(async (options: AuditWords & { limit?: string }) =>
      ended(await (await import("#lib/cli/audit-read.ts")).listAuditHere(surroundings, options)),
    );
  filtered(audit.command("export"))
    .option("--format <format>", "csv, json or jsonl: a JSON object a line (jsonl)")
    .description("print rows with all that stands in them; that they were taken is a row of the log")
    .action(async (options: AuditWords & { format?: string }) =>
      ended(await (await import("#lib/cli/audit-read.ts")).exportAuditHere(surroundings, options)),
    );
  audit
    .command("verify")
    .option("--json", "print the result as JSON")
    .option("--head <hash>", "a head that was written down before: it must still be in the log or the archive")
    .option("--archive <folder>", "also walk the rows that were cut off, as `audit: { archive }` wrote them")
    .description("walk the chain and name the first row that does not fit; the exit code is 1 then")
    .action(async (options: VerifyOptions) =>
      ended(await (await import("#lib/cli/audit-verify.ts")).verify(surroundings, options)),
    );
}

/** The filter of the page. */
function filtered(command: Command): Command {
  return command
    .option("--actor <name>", "who: an address, a token's name, `command line`")
    .option("--command <name>", "what: sign-in, request-run, …")
    .option("--target <name>", "to what: a target's name or a service's id")
    .option("--outcome <outcome>", "done or refused")
    .option("--run <id>", "what belongs to a run")
    .option("--from <time>", "like 2026-11-20T14:00Z")
    .option("--to <time>", "like 2026-11-21T14:00Z");
}
