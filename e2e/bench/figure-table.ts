import type { Figure } from "#e2e/bench/figure.ts";

/** The figures as lines of a Markdown table. */
export function figureTable(figures: readonly Figure[]): string[] {
  return [
    "| figure | measured | aim | yardstick | |",
    "| --- | --- | --- | --- | --- |",
    ...figures.map((one) => {
      const { yardstick, unit } = one;
      const measured = `${number(one.value)} ${unit}`;
      const beside = `${number(yardstick.value)} ${yardstick.unit} ${yardstick.name}`;
      return `| ${one.name} | ${measured} | ≤ ${number(one.aim)} ${unit} | ${beside} | ${one.ok ? "ok" : "MISSED"} |`;
    }),
  ];
}

/** Three digits say enough. */
function number(value: number): string {
  if (!Number.isFinite(value)) return "not measured";
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
