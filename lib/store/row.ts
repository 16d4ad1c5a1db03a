/** A row of a model as `Reading.prepare` gives it: times as epoch milliseconds, truth as 0 or 1, every whole number as a number. */
export type Row<Model> = { readonly [Column in keyof Model]: Told<Model[Column]> };

type Told<Value> = Value extends Date | bigint ? number : Value extends boolean ? 0 | 1 : Value;

/** A value of a model as a prepared statement takes it. */
export function bound(value: Date | bigint | string | number | null): bigint | string | number | null {
  return value instanceof Date ? value.getTime() : value;
}
