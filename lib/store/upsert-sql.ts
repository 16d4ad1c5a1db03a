/** Puts a row in place of the one with the same first column, which is the key. Its values are bound in the order of `columns`. */
export function upsertSql(table: string, columns: readonly [string, ...string[]]): string {
  const names = columns.map((name) => `"${name}"`);
  const set = names.slice(1).map((name) => `${name}=excluded.${name}`);
  return `INSERT INTO "${table}" (${names.join(",")}) VALUES (${names.map(() => "?").join(",")})
    ON CONFLICT (${names[0]}) DO UPDATE SET ${set.join(",")}`;
}
