import { z } from "zod";
import { compilePattern } from "#lib/core/pattern.ts";
import { secretReference } from "#lib/integrations/fields.ts";
import { checkJsonPath } from "#lib/integrations/http/match.ts";

const httpUrl = z
  .string()
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "";
  }, "expected an address like https://shop.example.com/health")
  .refine((text) => {
    const url = URL.parse(text);
    return url === null || (url.username === "" && url.password === "");
  }, "user and password do not belong in the address; use `login` with a secret reference")
  .meta({ examples: ["https://shop.example.com/health"] });

const statusCode = z.number().int().min(100).max(599);
const statusClass = z.string().regex(/^[1-5]xx$/, 'expected a status like 200 or a class like "2xx"');
const statusMatch = z.union([statusCode, statusClass]);

const name = z.string().min(1).max(100);
/** Headers whose value is a secret by nature. */
const secretHeaders = ["authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token"];

const headerValue = z.union([
  z.string().refine((text) => !/[\r\n\0]/.test(text), "a header value is one line"),
  z.strictObject({
    secret: secretReference.describe("Reference to the value."),
    prefix: z.string().default("").describe('Put in front of the secret, e.g. `"Bearer "`.'),
  }),
]);

const address = z
  .string()
  .regex(
    /^(\[[0-9A-Fa-f:.]+\](:\d{1,5})?|[^\s/:[\]]+(:\d{1,5})?)$/,
    "expected an address like 10.0.0.5, 10.0.0.5:8080 or [fd00::5]:8080",
  );

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const jsonPath = z
  .string()
  .refine((text) => checkJsonPath(text).ok, "expected a JSON path (RFC 9535) like $.status")
  .meta({ examples: ["$.status"] });

const bodyExpectation = z.strictObject({
  contains: z.string().min(1).optional().describe("Text that the body must contain."),
  matches: z
    .string()
    .min(1)
    .refine((text) => compilePattern(text).ok, "expected a regular expression of the RE2 dialect (no look-around)")
    .optional()
    .describe(
      "Regular expression (RE2 dialect, linear time) that must match somewhere in the first 262,144 characters of the body; a pattern of more than 15 steps looks at less, 4,000,000 / steps. Not found in a longer body is unknown.",
    ),
  json: z
    .strictObject({
      path: jsonPath.describe("Where to look, a JSON path of RFC 9535."),
      equals: scalar.describe("What the first value there must be."),
    })
    .optional()
    .describe("A value that the body must hold as JSON."),
});

const expectation = z.strictObject({
  status: z
    .union([statusMatch, z.array(statusMatch).min(1)])
    .default("2xx")
    .describe('Status that passes: a code, a class such as `"2xx"`, or a list of them.'),
  body: bodyExpectation.optional().describe("What the body must hold; all that is given must hold."),
  certificateDays: z
    .number()
    .min(0)
    .optional()
    .describe(
      "Fail the check itself when the certificate has fewer days left. Without it the rule `certificate-expiry` warns.",
    ),
});

const dependency = z.strictObject({
  path: jsonPath.describe("Where the body tells of the dependency, a JSON path of RFC 9535."),
  service: z.string().min(1).describe("Id of the service that stands behind it."),
  healthy: z
    .array(scalar)
    .min(1)
    .default(["ok", "OK", "up", "UP", "pass", "healthy", true])
    .describe("Values that mean the dependency is well; any other blames it."),
});

/** The keys that `kind: http` adds to a service. */
export const httpConfig = z
  .strictObject({
    url: httpUrl.describe("What to ask for. Its host is the Host header and the SNI, also for `nodes`."),
    method: z
      .enum(["GET", "HEAD", "POST", "PUT", "OPTIONS"])
      .default("GET")
      .describe("Method of the request. Polls repeat it for ever: choose one without side effects."),
    headers: z
      .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "expected a header name"), headerValue)
      .default({})
      .describe(
        'Request headers. A value is text, or `{ secret: env:NAME, prefix: "Bearer " }` for what nobody may read.',
      ),
    login: z
      .strictObject({
        user: z.string().min(1).describe("User name."),
        password: secretReference.describe("Reference to the password."),
      })
      .optional()
      .describe("HTTP basic authentication."),
    body: z.string().max(65_536).optional().describe("Request body."),
    expect: expectation.describe("What makes the answer good.").prefault({}),
    redirects: z
      .number()
      .int()
      .min(0)
      .max(10)
      .default(0)
      .describe(
        "How many redirects to follow. 0 judges the first answer, so that a log-in page is not taken for health.",
      ),
    tls: z
      .strictObject({
        verify: z.boolean().default(true).describe("Check the certificate's chain and name."),
        ca: secretReference.optional().describe("PEM bundle to trust beside the system's, as `file:/path`."),
      })
      .describe("How TLS is checked.")
      .prefault({}),
    nodes: z
      .array(
        z.strictObject({
          name: name.describe("Name of the node; the same name in another service means the same machine."),
          address: address.describe("`host`, `host:port` or `[v6]:port` to connect to."),
        }),
      )
      .default([])
      .describe("The nodes behind the URL, each asked directly with the URL's Host header and SNI."),
    balancer: z
      .strictObject({
        name: name.describe("Name of the balancer."),
        address: address.optional().describe("Where to connect; the URL's own host when absent."),
      })
      .optional()
      .describe("The way users take. What passes on a node but fails here, or the reverse, is a finding of its own."),
    dependencies: z
      .array(dependency)
      .default([])
      .describe("Parts of a JSON health body that name what the endpoint depends on; a failing one becomes the cause."),
  })
  .check((context) => {
    const { value, issues } = context;
    for (const [header, content] of Object.entries(value.headers)) {
      if (typeof content === "string" && secretHeaders.includes(header.toLowerCase())) {
        const message = "this header carries a secret: give it as { secret: env:NAME }, never as text";
        issues.push({ code: "custom", input: content, path: ["headers", header], message });
      }
    }
    const { body, certificateDays } = value.expect;
    if (body !== undefined && value.method === "HEAD") {
      issues.push({ code: "custom", input: body, path: ["expect", "body"], message: "HEAD brings no body to judge" });
    }
    if (certificateDays !== undefined && value.url.startsWith("http:")) {
      const message = "there is no certificate at an http: address";
      issues.push({ code: "custom", input: certificateDays, path: ["expect", "certificateDays"], message });
    }
    const names = [...value.nodes.map((node) => node.name), ...(value.balancer ? [value.balancer.name] : [])];
    names.forEach((each, index) => {
      if (names.indexOf(each) === index) return;
      const path = index < value.nodes.length ? ["nodes", index, "name"] : ["balancer", "name"];
      issues.push({ code: "custom", input: each, path, message: `the name ${each} is taken already` });
    });
  });

export type HttpConfig = z.output<typeof httpConfig>;
