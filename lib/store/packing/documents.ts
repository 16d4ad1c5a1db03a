import { type ByteWriter, createByteWriter } from "#lib/store/packing/bytes.ts";
import { type Scalar, writeColumn } from "#lib/store/packing/columns.ts";
import type { Kind, Plan } from "#lib/store/packing/plan.ts";

/**
 * Many JSON documents that are much alike, taken apart into columns: what is alike (keys, nesting, texts that are the same
 * in all of them) goes into `plan`, which the next pack of the same service is likely to share; what differs into `body`.
 */
export interface Packed {
  readonly plan: string;
  readonly body: Uint8Array;
}

/** `undefined` fields are left out, as in JSON; numbers keep what JSON would lose: `NaN`, infinities, `-0`. */
export function packDocuments(documents: readonly unknown[]): Packed {
  const writer = createByteWriter();
  writer.varint(documents.length);
  const plan = writeNode(writer, documents);
  return { plan: JSON.stringify(plan), body: writer.done() };
}

type Fields = Readonly<Record<string, unknown>>;

function writeNode(writer: ByteWriter, values: readonly unknown[]): Plan {
  const kinds = [...new Set(values.map(kindOf))];
  const only = kinds.length === 1 ? kinds[0] : undefined;
  if (kinds.length === 0 || only === "scalar") return writeScalars(writer, values as readonly Scalar[]);
  if (only === "object") return writeObjects(writer, values as readonly Fields[]);
  if (only === "array") return writeArrays(writer, values as readonly (readonly unknown[])[]);
  writeColumn(
    writer,
    values.map((value) => kinds.indexOf(kindOf(value))),
  );
  const parts = kinds.map((kind): Plan => {
    if (kind === "missing") return ["scalar"];
    return writeNode(
      writer,
      values.filter((value) => kindOf(value) === kind),
    );
  });
  return ["mixed", kinds, parts];
}

function kindOf(value: unknown): Kind {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "array";
  return typeof value === "object" && value !== null ? "object" : "scalar";
}

function writeScalars(writer: ByteWriter, values: readonly Scalar[]): Plan {
  const first = values[0];
  if (typeof first === "string" && values.every((value) => value === first)) return ["text", first];
  writeColumn(writer, values);
  return ["scalar"];
}

function writeObjects(writer: ByteWriter, values: readonly Fields[]): Plan {
  const lists = new Map<string, { readonly id: number; readonly keys: readonly string[] }>();
  const which = values.map((value) => {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    const name = JSON.stringify(keys);
    const list = lists.get(name) ?? { id: lists.size, keys };
    lists.set(name, list);
    return list;
  });
  const keyLists = [...lists.values()].map((list) => list.keys);
  const alike = keyLists.length === 1 ? keyLists[0] : undefined;
  const isRecord = values.every(isRecordOfAlike) && keyLists.some((keys) => keys.length > 1);
  if (alike === undefined || isRecord) {
    writeColumn(
      writer,
      which.map((list) => list.id),
    );
  }
  if (isRecord) {
    const items = values.map((value, i) => (which[i]?.keys ?? []).map((key) => value[key]));
    return ["record", keyLists, writeNode(writer, placeByPlace(items))];
  }
  const fieldPlan = (key: string) =>
    writeNode(
      writer,
      values.filter((_, i) => which[i]?.keys.includes(key)).map((value) => value[key]),
    );
  if (alike !== undefined) return ["object", alike, alike.map(fieldPlan)];
  const all = [...new Set(keyLists.flat())];
  return ["keys", keyLists, all, all.map(fieldPlan)];
}

/** Many objects of one form by name, like counters by server; not an object whose fields mean different things. */
function isRecordOfAlike(value: Fields): boolean {
  const items = Object.values(value);
  const [first, ...rest] = items;
  if (kindOf(first) !== "object") return items.length === 0;
  const keys = Object.keys(first as Fields).join("\n");
  return rest.every((item) => kindOf(item) === "object" && Object.keys(item as Fields).join("\n") === keys);
}

function writeArrays(writer: ByteWriter, values: readonly (readonly unknown[])[]): Plan {
  if (values.every((value) => value.length === 0)) return ["none"];
  writeColumn(
    writer,
    values.map((value) => value.length),
  );
  return ["array", writeNode(writer, placeByPlace(values))];
}

function placeByPlace(lists: readonly (readonly unknown[])[]): unknown[] {
  const longest = lists.reduce((most, list) => Math.max(most, list.length), 0);
  const items: unknown[] = [];
  for (let place = 0; place < longest; place += 1) {
    for (const list of lists) if (list.length > place) items.push(list[place]);
  }
  return items;
}
