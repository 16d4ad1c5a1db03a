/**
 * What a node of the documents is. A text that all have alike stands here itself, a list that is empty in all is `none`.
 * Numbers, `true` and `null` never stand here: those that stand still today are others tomorrow, and each would make a plan
 * of its own. Items of arrays, and values of records of objects, lie in one column per field, place by place: all first
 * items, then all second ones, so that the numbers of one server stand side by side in time.
 */
export type Plan =
  | readonly ["text", string]
  | readonly ["none"]
  | readonly ["scalar"]
  | readonly ["object", readonly string[], readonly Plan[]]
  | readonly ["keys", readonly (readonly string[])[], readonly string[], readonly Plan[]]
  | readonly ["record", readonly (readonly string[])[], Plan]
  | readonly ["array", Plan]
  | readonly ["mixed", readonly Kind[], readonly Plan[]];

export type Kind = "scalar" | "object" | "array" | "missing";

export type PlanOf<Form extends Plan[0]> = Extract<Plan, readonly [Form, ...unknown[]]>;

/** The plan as a plan; a `RangeError` when it is damaged. One that was found whole is not looked at again. */
export function checkedPlan(plan: unknown): Plan {
  if (typeof plan === "object" && plan !== null && wholePlans.has(plan)) return plan as Plan;
  if (!isPlan(plan, 0)) throw new RangeError("the plan of the pack is damaged");
  wholePlans.add(plan);
  return plan;
}

const wholePlans = new WeakSet<object>();

/** Whether it is what `packDocuments` writes: it comes from a disk, and what follows trusts its form. */
function isPlan(plan: unknown, depth: number): plan is Plan {
  if (!Array.isArray(plan) || depth > deepestPlan) return false;
  const [form, first, second, third] = plan as readonly unknown[];
  const arePlans = (parts: unknown, count: number) =>
    Array.isArray(parts) && parts.length === count && parts.every((part) => isPlan(part, depth + 1));
  switch (form) {
    case "text":
      return typeof first === "string";
    case "none":
    case "scalar":
      return true;
    case "object":
      return areTexts(first) && arePlans(second, first.length);
    case "keys":
      return areLists(first) && areTexts(second) && arePlans(third, second.length);
    case "record":
      return areLists(first) && isPlan(second, depth + 1);
    case "array":
      return isPlan(first, depth + 1);
    case "mixed":
      return areTexts(first) && first.every((kind) => kinds.has(kind)) && arePlans(second, first.length);
    default:
      return false;
  }
}

const deepestPlan = 1_000;
const kinds: ReadonlySet<string> = new Set<Kind>(["scalar", "object", "array", "missing"]);

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function areLists(value: unknown): value is readonly (readonly string[])[] {
  return Array.isArray(value) && value.every(areTexts);
}

/** The parts of a mixed plan that the body has: what is missing has none. */
export function presentOf([, kinds, parts]: PlanOf<"mixed">): readonly Plan[] {
  return parts.filter((_, i) => kinds[i] !== "missing");
}

/** Names of the fields that any of the documents has at a path, from `depth` on. */
export function namesIn(plan: Plan, path: readonly string[], depth = 0): readonly string[] {
  if (plan[0] === "mixed") return presentOf(plan).flatMap((part) => namesIn(part, path, depth));
  if (plan[0] !== "object" && plan[0] !== "keys") return [];
  const [keys, parts] = plan[0] === "object" ? [plan[1], plan[2]] : [plan[2], plan[3]];
  const key = path[depth];
  if (key === undefined) return keys;
  const part = parts[keys.indexOf(key)];
  return part === undefined ? [] : namesIn(part, path, depth + 1);
}
