import { type Access, escapeEre, exact, type GrantedWord, type KindGrant, matching } from "#lib/core/grant.ts";
import { detachArgv, environmentOf, restartArgv, statusArgv } from "#lib/integrations/passenger/command.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";

/** The commands that watching and repairing this service runs, and where. */
export function passengerGrants({ nodes, app }: PassengerConfig): KindGrant[] {
  return nodes.flatMap((node) => {
    const grant = (id: string, about: string, access: Access, words: readonly GrantedWord[], limitSeconds: number) => ({
      host: node.host,
      id,
      about: `${node.name}: ${about}`,
      access,
      words,
      limitSeconds,
    });
    return [
      grant("status-xml", "pool, processes and queue", "look", wordsOf(node, statusArgv(node, "xml")), 30),
      grant("status-requests", "requests in flight", "look", wordsOf(node, statusArgv(node, "requests")), 30),
      grant("restart-app", "restart an app", "act", wordsOf(node, restartArgv(node, variable), appWord(app)), 90),
      grant("detach-process", "let a process go", "act", wordsOf(node, detachArgv(node, 0), pidWord, "0"), 90),
      ...(node.restart === undefined
        ? []
        : [grant("restart-web-server", "restart its web server", "act", node.restart.map(exact), 120)]),
    ];
  });
}

/** Stands in an argv where the word goes that differs. */
const variable = "\0";

function wordsOf(
  node: PassengerNodeConfig,
  argv: readonly string[],
  word: GrantedWord = exact(variable),
  place = variable,
): GrantedWord[] {
  const settings = node.sudo ? [] : Object.entries(environmentOf(node)).map(([name, value]) => `${name}=${value}`);
  const words = argv.map((each, index) => (each === place && index > 0 ? word : exact(each)));
  return settings.length === 0 ? words : [...["env", ...settings].map(exact), ...words];
}

const pidWord = matching("[1-9][0-9]*", { max: 9 });

/** A group is named by the folder of the app, with the environment behind it in parentheses. */
function appWord(app: string | undefined): GrantedWord {
  if (app === undefined) return matching("[A-Za-z0-9._/@+:~][A-Za-z0-9._/@+:~ ()-]*");
  if (/ \([a-z]+\)$/.test(app)) return exact(app);
  return matching(`${escapeEre(app)}( [(][A-Za-z0-9_-]+[)])?`, { min: app.length, max: app.length + 40 });
}
