import { createRequire } from "node:module";

/** Who may import whom. Each rule says why; `npm test` fails when one is broken. */

// TypeScript 7 has no JavaScript API to parse with, so swc reads the files. dependency-cruiser asks it for plain
// TypeScript, which fails at the first element of a .tsx file, and then walks the tree with a visitor that gives up at
// syntax newer than itself (`using`). So it gets a tree of imports and nothing else.
const swc = createRequire(import.meta.url)("@swc/core");
const { parseFileSync } = swc;
swc.parseFileSync = (file, options) => {
  const module = parseFileSync(file, { ...options, tsx: file.endsWith(".tsx") });
  const imports = [];
  findImports(module.body, imports);
  return { ...module, body: imports };
};

function findImports(node, found) {
  if (typeof node !== "object" || node === null) return;
  const { type, span } = node;
  if (type === "ImportDeclaration" || type === "ExportAllDeclaration") found.push(node);
  else if (type === "ExportNamedDeclaration" && node.source) found.push(node);
  else if (type === "CallExpression" && node.callee.type === "Import") {
    found.push({ type: "ExpressionStatement", span, expression: { ...node, arguments: node.arguments.slice(0, 1) } });
  } else if (type === "TsImportType") {
    found.push({ type: "ImportDeclaration", span, specifiers: [], source: node.argument, typeOnly: true });
  }
  for (const child of Object.values(node)) findImports(child, found);
}

const test = "\\.test\\.tsx?$";
/** Generated code answers to its generator. */
const generated = "^lib/store/client/";

/** A layer may import itself, what is named, and packages. Tests may reach further: they put layers together. */
function layer(name, comment, from, mayImport) {
  return {
    name,
    comment,
    severity: "error",
    from: { path: from, pathNot: [test, generated] },
    to: { path: "^(app|components|e2e|lib)/", pathNot: [from, ...mayImport] },
  };
}

/** Only the named folders may import a package, so that there is one place to bound, replace and audit it. */
function only(name, comment, packages, owners) {
  return {
    name,
    comment,
    severity: "error",
    from: { path: "^(app|components|lib)/", pathNot: [...owners, test] },
    to: { path: packages },
  };
}

export default {
  forbidden: [
    {
      name: "no-circular",
      comment: "A circle has no order to read it or to start it in; what both sides need belongs into a third file.",
      severity: "error",
      from: { pathNot: generated },
      to: { circular: true },
    },
    {
      name: "not-to-unresolvable",
      comment: "What cannot be resolved is not checked by any rule below.",
      severity: "error",
      from: { pathNot: generated },
      to: { couldNotResolve: true },
    },
    {
      name: "nothing-imports-app",
      comment: "Routes are thin ends: what two of them need belongs into a view, a command or a component.",
      severity: "error",
      from: { pathNot: "^app/" },
      to: { path: "^app/" },
    },
    {
      name: "product-imports-no-tests",
      comment: "The lab and the tests stand on the product, never the other way; only the command line starts the lab.",
      severity: "error",
      from: { path: "^(app|components|lib)/", pathNot: ["^lib/cli/", test] },
      to: { path: ["^e2e/", test] },
    },
    layer("core-is-pure", "Rules and states are functions of values; they know no layer.", "^lib/core/", []),
    {
      name: "core-touches-nothing",
      comment: "Core runs in the browser, in the poller and in tests alike, so it needs no Node module.",
      severity: "error",
      from: { path: "^lib/(core|wire)/", pathNot: test },
      to: { dependencyTypes: ["core"] },
    },
    layer("wire-is-client-safe", "What the browser reads must not drag in what the server runs.", "^lib/wire/", [
      "^lib/core/",
    ]),
    layer("transports-know-only-core", "A transport moves bytes for anybody and judges nothing.", "^lib/transports/", [
      "^lib/core/",
      // How to reach a host, as the configuration tells it: a type, and no code.
      "^lib/config/model\\.ts$",
    ]),
    layer("config-knows-kinds", "Configuration is read by the schemas of the kinds.", "^lib/config/", [
      "^lib/core/",
      "^lib/integrations/",
      "^lib/secrets/",
    ]),
    layer(
      "providers-stand-alone",
      "A provider is handed its transports; it knows its own keys alone.",
      "^lib/secrets/",
      ["^lib/core/", "^lib/transports/types\\.ts$", "^lib/integrations/fields\\.ts$"],
    ),
    layer(
      "integrations-stand-alone",
      "A kind is tested and replaced by itself: it is handed its transports and has only their types.",
      "^lib/integrations/",
      ["^lib/core/", "^lib/wire/", "^lib/transports/types\\.ts$", "^components/(ui|charts)/"],
    ),
    {
      name: "no-integration-imports-another",
      comment: "A kind is one folder; what two kinds need belongs to core or beside the contract.",
      severity: "error",
      from: { path: "^lib/integrations/([^/]+)/" },
      to: { path: "^lib/integrations/[^/]+/", pathNot: "^lib/integrations/$1/" },
    },
    {
      name: "kinds-do-not-know-the-registry",
      comment: "The registry names the kinds; a kind that imports it back would load all others.",
      severity: "error",
      from: { path: "^lib/integrations/[^/]+/", pathNot: test },
      to: { path: "^lib/integrations/registry\\.ts$" },
    },
    {
      name: "panels-are-browser-code",
      comment:
        "A panel runs in the browser and in a frozen board: it sees the wire, core, primitives and its own folder.",
      severity: "error",
      from: { path: "^lib/integrations/([^/]+)/panel\\.tsx$" },
      to: {
        path: "^(app|components|e2e|lib)/",
        pathNot: ["^components/(ui|charts)/", "^lib/(wire|core)/", "^lib/integrations/$1/"],
      },
    },
    {
      name: "only-panels-draw",
      comment: "The poller loads manifests, parsers, collectors and actions, and must never load React for them.",
      severity: "error",
      from: {
        path: "^lib/",
        pathNot: [
          "^lib/integrations/[^/]+/.*\\.tsx$",
          "^lib/integrations/integration\\.ts$",
          // What stands between the front and Next: it starts it.
          "^lib/server/next-handler\\.ts$",
          test,
        ],
      },
      to: { path: ["^components/", "(^|/)node_modules/(react|react-dom|next)/"] },
    },
    layer("store-knows-no-logic", "The store keeps what it is given; it decides nothing.", "^lib/store/", [
      "^lib/(core|wire)/",
      "^lib/access/(actor|roles)\\.ts$",
    ]),
    layer("access-comes-first", "Who may is decided before anything else is loaded.", "^lib/access/", [
      "^lib/(core|wire|store)/",
      // What it asks an OpenID provider by is handed to it: a type, and no code.
      "^lib/transports/types\\.ts$",
    ]),
    layer(
      "the-front-knows-no-domain",
      "The web process's own door bounds and judges requests before anything of the product is loaded.",
      "^lib/server/",
      ["^lib/(core|config|access)/"],
    ),
    layer(
      "poller-polls-and-acts",
      "Polls, runs and freezes share engine and store; none of them knows the web.",
      "^lib/(poller|remediation|incidents|notify)/",
      [
        "^lib/(core|wire|integrations|transports|store|config|access|secrets)/",
        // A heal rule asks for its run by the very command that people ask by: there is no second way of acting.
        "^lib/commands/request-run\\.ts$",
      ],
    ),
    layer(
      "views-read-commands-write",
      "A view or a command works on the store alone, so that it is the same for the API, the board and scripts.",
      "^lib/(views|commands)/",
      ["^lib/(core|wire|store|incidents|access)/", "^lib/integrations/[^/]+\\.ts$"],
    ),
    {
      name: "views-do-not-write",
      comment: "Nothing changes by reading.",
      severity: "error",
      from: { path: "^lib/views/", pathNot: test },
      to: { path: "^lib/commands/" },
    },
    layer(
      "components-run-in-browsers",
      "What a browser loads knows the wire and core, not the server.",
      "^components/",
      ["^lib/(core|wire)/"],
    ),
    {
      name: "primitives-have-no-domain",
      comment: "A button or a chart that knows services cannot be used for anything else.",
      severity: "error",
      from: { path: "^components/(ui|charts)/", pathNot: test },
      to: { path: "^components/", pathNot: "^components/(ui|charts)/" },
    },
    layer("app-is-thin", "A route parses, calls one view or command, and maps the error.", "^app/", [
      "^lib/(core|wire|views|commands|access|config)/",
      "^lib/store/(open-store|store-trouble)\\.ts$",
      // By which the OpenID provider is asked, under the policy of `reach`.
      "^lib/transports/(http|reach)\\.ts$",
      "^lib/integrations/[^/]+\\.ts$",
      "^components/",
    ]),
    only(
      "only-transports-reach-out",
      "Every outside call has a deadline, an abort signal and a size bound, and those live in one place; the front only listens.",
      ["(^|/)node_modules/(ssh2|pg)/", "^(node:)?(https?|http2|net|tls|dgram)$"],
      [
        "^lib/transports/",
        "^lib/cli/",
        "^lib/server/",
        "^lib/access/(peer|rate-limit)\\.ts$",
        "^lib/config/front-schema\\.ts$",
      ],
    ),
    only(
      "only-the-store-knows-prisma",
      "One layer knows how things are kept; the rest asks it in the words of the product.",
      ["(^|/)node_modules/(@prisma|prisma|better-sqlite3)/", "^lib/store/client/"],
      ["^lib/store/"],
    ),
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: ["node_modules", "^lib/store/client/"] },
    exclude: { path: ["^\\.next/", "/fixtures/"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".cjs", ".json", ".d.ts", ".css"],
    },
  },
};
