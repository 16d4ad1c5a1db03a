import { z } from "zod";
import { roles } from "#lib/core/role.ts";
import { secretReference } from "#lib/integrations/fields.ts";

const role = z.enum(roles);
const given = z.union([
  role.transform((only) => ({ role: only, group: null })),
  z
    .strictObject({
      role: role.describe("What they may here."),
      group: z.string().min(1).max(120).optional().describe("Over the services of that group alone."),
    })
    .transform(({ role: one, group }) => ({ role: one, group: group ?? null })),
]);

const rolesOfGroups = z
  .record(z.string().min(1).max(256), given)
  .refine((map) => Object.keys(map).length > 0, "expected at least one group: without a role nobody comes in")
  .describe("By the name of a group of theirs: a role, or `{ role, group }` over one group here. `*` is everybody.")
  .meta({ examples: [{ "ops-admins": "admin", "data-team": { role: "operator", group: "Data" } }] });

const linkByEmail = z
  .boolean()
  .default(false)
  .describe("Whether whoever comes with the verified address of an account here gets that account.");

export const oidcSchema = z.strictObject({
  name: z.string().trim().min(1).max(60).optional().describe("What its button says; by default the issuer's host."),
  issuer: z
    .string()
    .refine(isIssuer, "expected the provider's https address without a query, exactly as it calls itself")
    .describe("The provider's address, letter by letter as its discovery document has it.")
    .meta({ examples: ["https://sso.example.com/realms/ops"] }),
  clientId: z.string().min(1).max(200).describe("Which client Pitwall is at the provider."),
  clientSecret: secretReference.optional().describe("Reference to that client's secret; none for a public client."),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, "expected a scope like `email`"))
    .max(20)
    .refine((scopes) => scopes.includes("openid"), "expected `openid` among them")
    .default(["openid", "profile", "email"])
    .describe("What is asked for."),
  groupsClaim: z
    .string()
    .min(1)
    .max(200)
    .default("groups")
    .describe("The claim that names a person's groups; a way into one with dots: `realm_access.roles`."),
  roles: rolesOfGroups,
  linkByEmail,
  require: z
    .strictObject({
      acr: z.array(z.string().min(1).max(200)).default([]).describe("One of these must be the token's `acr`."),
      amr: z.array(z.string().min(1).max(50)).default([]).describe("One of these must be among the token's `amr`."),
    })
    .prefault({})
    .describe("How the provider must have checked who it is; what it does not say counts as not done."),
});

/** Headers that say something else, or that the front writes itself. */
const taken =
  /^(host|cookie|authorization|connection|content-.*|origin|referer|sec-.*|x-pitwall-.*|x-forwarded-(for|proto|host|port)|forwarded|transfer-encoding)$/i;
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, "expected a header's name of letters, digits and dashes")
  .refine((name) => !taken.test(name), "this header says something else; choose another name");

export const proxyHeaderSchema = z
  .strictObject({
    user: headerName.describe("Names the person, always by the same word.").meta({ examples: ["X-Forwarded-User"] }),
    email: headerName.optional().describe("Their address, where `user` is none."),
    name: headerName.optional().describe("Their name."),
    groups: headerName
      .optional()
      .describe("Their groups.")
      .meta({ examples: ["X-Forwarded-Groups"] }),
    separator: z.enum([",", ";", "|"]).default(",").describe("Stands between two groups."),
    roles: rolesOfGroups,
    linkByEmail,
    signOut: z
      .string()
      .refine(isSignOut, "expected a path like `/oauth2/sign_out`, or an https address")
      .optional()
      .describe("Where signing out leads, so that the proxy signs out as well."),
  })
  .superRefine(({ user, email, name, groups, roles: map }, { addIssue }) => {
    const named = Object.entries({ user, email, name, groups });
    for (const [key, header] of named) {
      const first = named.find(([, other]) => other?.toLowerCase() === header?.toLowerCase())?.[0];
      if (header !== undefined && first !== key && !(key === "email" && first === "user"))
        addIssue({ code: "custom", path: [key], message: `the same header as \`${first}\`` });
    }
    if (groups === undefined && !Object.hasOwn(map, "*"))
      addIssue({ code: "custom", path: ["roles"], message: "without `groups` only `*` can give a role" });
  });

/** OpenID Connect Discovery 1.0, 4.3; plain HTTP to this machine alone, where nobody reads along. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(text);
  const near = protocol === "http:" && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  return (protocol === "https:" || near) && `${search}${hash}${username}${password}` === "" && !text.includes("?");
}

function isSignOut(text: string): boolean {
  if (/^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(text)) return true;
  return URL.canParse(text) && new URL(text).protocol === "https:";
}
