import type { HostConfig } from "#lib/config/model.ts";
import { failure } from "#lib/core/failure.ts";
import { type Grant, type GrantedCommand, matchGrant } from "#lib/core/grant.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type AskedCommand, askShell } from "#lib/transports/ssh-command.ts";
import { commandWords, readingSecrets } from "#lib/transports/ssh-quote.ts";
import type { CommandAnswer, CommandRequest, HostName } from "#lib/transports/types.ts";
import { wrapperRefusal, wrapRequest } from "#lib/transports/wrapper/request.ts";

/** How one command goes to its host. */
export interface Way {
  /** Under which the pool knows the connection: of the host, or of its acting key. */
  readonly login: HostName;
  readonly asked: AskedCommand;
  /** Makes of an answer what it means. */
  readonly explain: (answer: Result<CommandAnswer>) => Result<CommandAnswer>;
}

/** Decides by which key and in which form a command goes to a host: by its wrapper, or as words for its shell. */
export class SshWays {
  #hosts: Readonly<Record<HostName, HostConfig>>;
  #granted: ReadonlyMap<HostName, readonly GrantedCommand[]>;

  constructor(hosts: Readonly<Record<HostName, HostConfig>>, grants: readonly Grant[]) {
    this.#hosts = hosts;
    this.#granted = byHost(grants);
  }

  replace(hosts: Readonly<Record<HostName, HostConfig>>, grants: readonly Grant[]): void {
    this.#hosts = hosts;
    this.#granted = byHost(grants);
  }

  /** All that can be logged in to: each host, and each that has an acting key a second time with that. */
  logins(): Record<HostName, HostConfig> {
    const acting = Object.entries(this.#hosts).flatMap(([name, host]): [HostName, HostConfig][] =>
      host.actKey === undefined ? [] : [[actingName(name), { ...host, key: host.actKey }]],
    );
    return { ...this.#hosts, ...Object.fromEntries(acting) };
  }

  wrapped(name: HostName): boolean {
    return this.#hosts[name]?.mode === "wrapper";
  }

  /** Throws on what could run nowhere; a command that the host does not allow is the failure `forbidden`. */
  ask(name: HostName, request: CommandRequest): Result<Way> {
    const words = commandWords(request.argv, request.env);
    const sent = readingSecrets(words, request.secretEnv);
    const secrets = Object.entries(request.secretEnv ?? {});
    const names = secrets.map(([key]) => key);
    const found = matchGrant(this.#granted.get(name) ?? [], words, names);
    // What nobody declared may change something.
    const acts = found?.command.access !== "look" && this.#hosts[name]?.actKey !== undefined;
    const login = acts ? actingName(name) : name;
    const stdin = request.stdin ?? "";
    if (!this.wrapped(name)) {
      const asked = askShell(sent.words, sent.stdin + stdin, request.timeoutMs);
      return ok({ login, asked, explain: (answer) => answer });
    }
    const program = `${request.argv[0]} on ${name}`;
    if (found === null) {
      const what = `${program} is not among the commands that ${name} allows with these words; see npx pitwall grant ${name}`;
      return err(failure("forbidden", what));
    }
    const wrapped = wrapRequest(
      found.command.id,
      found.args,
      secrets.map(([, value]) => value),
    );
    if (wrapped === null) {
      return err(failure("forbidden", `${program} has a word or secret that is not printable ASCII, or too long`));
    }
    const asked = { ...wrapped, stdin: wrapped.stdin + stdin, end: () => wrapped.end };
    return ok({ login, asked, explain: (answer) => refused(answer, name) });
  }
}

/** No host's name holds a blank. */
function actingName(name: HostName): HostName {
  return `${name} (acting)`;
}

function byHost(grants: readonly Grant[]): ReadonlyMap<HostName, readonly GrantedCommand[]> {
  const groups = Map.groupBy(grants, ({ host }) => host);
  return new Map([...groups].map(([host, list]) => [host, list.map(({ command }) => command)]));
}

function refused(answer: Result<CommandAnswer>, name: HostName): Result<CommandAnswer> {
  if (!answer.ok) return answer;
  const why = wrapperRefusal(answer.value.exitCode, answer.value.stderr);
  if (why === null) return answer;
  const what = `the wrapper on ${name} refused: ${why}; npx pitwall grant ${name} prints what it should allow`;
  return err(failure("forbidden", what));
}
