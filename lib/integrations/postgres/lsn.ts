const pattern = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** Position in the write-ahead log, `16/B374D848`, as a number of bytes; `undefined` when the text is none. */
export function parseLsn(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

/** The inverse of `parseLsn`, spelled as PostgreSQL spells it. */
export function formatLsn(position: bigint): string {
  return `${(position >> 32n).toString(16).toUpperCase()}/${(position & 0xffff_ffffn).toString(16).toUpperCase()}`;
}

/** Bytes from `behind` up to `ahead`, negative when they are the other way round; `null` when either is missing or no LSN. */
export function lsnDistanceBytes(ahead: string | null, behind: string | null): number | null {
  const upper = ahead === null ? undefined : parseLsn(ahead);
  const lower = behind === null ? undefined : parseLsn(behind);
  return upper === undefined || lower === undefined ? null : Number(upper - lower);
}
