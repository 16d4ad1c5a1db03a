import type { Status } from "#lib/core/status.ts";
import { pointOf, readHistory } from "#lib/store/history.ts";
import type { History } from "#lib/store/open-store.ts";

/** Polls of one service by column: only what is asked for is unpacked. `series[key][i]` belongs to `at[i]`. */
export interface PollColumns {
  readonly at: readonly number[];
  readonly status: readonly Status[];
  readonly series: ReadonlyMap<string, readonly (number | null)[]>;
}

/** Polls in [from, to], oldest first, wherever they lie. Without `keys` all metrics are read. */
export function readColumns(
  reading: History,
  serviceId: string,
  range: { readonly from: number; readonly to: number; readonly keys?: readonly string[] },
): PollColumns {
  const { tail, blocks } = readHistory(reading, serviceId, range, pointOf, ({ pack }): PollColumns => {
    const keys = range.keys ?? pack.names(["metrics"]);
    return {
      at: pack.field(["at"]) as readonly number[],
      status: pack.field(["status"]) as readonly Status[],
      series: new Map(
        keys.map((key) => [key, (pack.field(["metrics", key]) as (number | null | undefined)[]).map((v) => v ?? null)]),
      ),
    };
  });
  const rowKeys = range.keys ?? [...new Set(tail.flatMap(({ metrics }) => Object.keys(metrics)))];
  const rows = {
    at: tail.map(({ at }) => at),
    status: tail.map(({ status }) => status),
    series: new Map(rowKeys.map((key) => [key, tail.map(({ metrics }) => metrics[key] ?? null)])),
  };
  return cut(inOrder([...blocks, rows]), range);
}

function inOrder(parts: readonly PollColumns[]): PollColumns {
  const keys = [...new Set(parts.flatMap((part) => [...part.series.keys()]))];
  const at = parts.flatMap((part) => part.at);
  const status = parts.flatMap((part) => part.status);
  const series = new Map(
    keys.map((key) => [key, parts.flatMap((part) => part.series.get(key) ?? part.at.map((): null => null))]),
  );
  if (at.every((time, i) => i === 0 || time >= (at[i - 1] as number))) return { at, status, series };
  // A clock that was set back: blocks then overlap.
  const order = [...at.keys()].sort((a, b) => (at[a] as number) - (at[b] as number));
  const sorted = <T>(values: readonly T[]) => order.map((i) => values[i] as T);
  return { at: sorted(at), status: sorted(status), series: mapped(series, sorted) };
}

function cut(columns: PollColumns, { from, to }: { readonly from: number; readonly to: number }): PollColumns {
  const first = columns.at.findIndex((time) => time >= from);
  if (first === -1) return { at: [], status: [], series: mapped(columns.series, () => []) };
  const end = columns.at.findLastIndex((time) => time <= to) + 1;
  if (first === 0 && end === columns.at.length) return columns;
  const part = <T>(values: readonly T[]) => values.slice(first, end);
  return { at: part(columns.at), status: part(columns.status), series: mapped(columns.series, part) };
}

function mapped<T>(
  series: ReadonlyMap<string, readonly T[]>,
  change: (values: readonly T[]) => readonly T[],
): Map<string, readonly T[]> {
  return new Map([...series].map(([key, values]) => [key, change(values)]));
}
