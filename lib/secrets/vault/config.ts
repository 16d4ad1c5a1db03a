import { z } from "zod";
import { duration, ownReference } from "#lib/integrations/fields.ts";

/** An entry of `secrets:` that is a Vault. */
export const vaultConfig = z
  .strictObject({
    address: z
      .string()
      .refine(isSafeAddress, "expected https://host:port; http only for an agent on this very machine")
      .describe("Where Vault answers: https://vault.example.com:8200."),
    token: ownReference.optional().describe("Reference to a token, for instance a file that the Vault agent writes."),
    appRole: z
      .strictObject({
        roleId: ownReference.describe("Reference to the role's id."),
        secretId: ownReference.describe("Reference to the role's secret id."),
        mount: z
          .string()
          .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/)
          .default("approle")
          .describe("Where the method is mounted."),
      })
      .optional()
      .describe("Log in as a role, instead of `token`."),
    namespace: z
      .string()
      .regex(/^[\x21-\x7e]+$/)
      .optional()
      .describe("Namespace of Vault Enterprise or HCP."),
    ca: ownReference.optional().describe("Reference to a PEM bundle to trust beside the system's."),
    timeout: duration.prefault("5s").describe("Deadline of one request."),
    refresh: duration.prefault("5min").describe("How often a secret is read again, unless its lease ends sooner."),
  })
  .refine(({ token, appRole }) => (token === undefined) !== (appRole === undefined), {
    error: "expected either token or appRole",
  });

export type VaultConfig = z.infer<typeof vaultConfig>;

/** A token in clear text over a network would belong to whoever listens there. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username !== "" || password !== "" || search !== "" || hash !== "") return false;
  const here = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && here);
}
