import path from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "#lib/core/result.ts";

/** What Pitwall itself takes from the environment. Paths are absolute. */
export interface PitwallEnv {
  readonly port: number;
  /** Whether PORT was given: the demo looks for a free one otherwise. */
  readonly portGiven: boolean;
  readonly host: string;
  readonly dataFolder: string;
  /** The store inside the data folder. */
  readonly storeFile: string;
  readonly configFile: string;
  /** Keys of what the store keeps sealed. */
  readonly keysFile: string;
}

const schema = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((port) => port >= 1 && port <= 65_535)
    .optional(),
  HOST: z.string().trim().min(1).default("127.0.0.1"),
  PITWALL_DATA: z.string().min(1).default(".pitwall"),
  PITWALL_CONFIG: z.string().min(1).default("pitwall.yaml"),
  PITWALL_KEYS: z.string().min(1).optional(),
});

const expected: Readonly<Record<string, string>> = {
  PORT: "a port from 1 to 65535",
  HOST: "an address to listen on",
  PITWALL_DATA: "a folder",
  PITWALL_CONFIG: "a file",
  PITWALL_KEYS: "a file",
};

/** Parses the environment once, at the door. An empty variable counts as not set. The error is one sentence a variable. */
export function readEnv(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Result<PitwallEnv, string[]> {
  const given = Object.fromEntries(Object.keys(expected).flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    return err(
      parsed.error.issues.map(({ path: [name] }) => {
        const found = JSON.stringify(given[String(name)]).slice(0, 80);
        return `${String(name)} must be ${expected[String(name)]}, found ${found}`;
      }),
    );
  }
  const { PORT, HOST, PITWALL_DATA, PITWALL_CONFIG, PITWALL_KEYS } = parsed.data;
  return ok({
    port: PORT ?? 3000,
    portGiven: PORT !== undefined,
    host: HOST,
    dataFolder: path.resolve(folder, PITWALL_DATA),
    storeFile: path.resolve(folder, PITWALL_DATA, "pitwall.db"),
    configFile: path.resolve(folder, PITWALL_CONFIG),
    keysFile: path.resolve(folder, PITWALL_KEYS ?? path.join(PITWALL_DATA, "keys")),
  });
}
