/** What a case found. Floor and value are measured in the same run; `ratio` is value / floor. */
export interface BenchResult {
  readonly case: string;
  readonly value: number;
  readonly floor: number;
  readonly ratio: number;
  readonly unit: string;
  /** What must or should hold, and whether it does. */
  readonly goal: string;
  readonly isMet: boolean;
  /** More figures of the same run, for people. */
  readonly notes?: Readonly<Record<string, number | string>>;
}

export function result(
  name: string,
  figures: { readonly value: number; readonly floor: number; readonly unit: string },
  goal: { readonly text: string; readonly isMet: (ratio: number, value: number) => boolean },
  notes: BenchResult['notes'] = {},
): BenchResult {
  const value = rounded(figures.value);
  const floor = rounded(figures.floor);
  const ratio = rounded(figures.value / figures.floor);
  const isMet = goal.isMet(figures.value / figures.floor, figures.value);
  return { case: name, value, floor, ratio, unit: figures.unit, goal: goal.text, isMet, notes };
}

/** Three digits are more than two runs agree on. */
export function rounded(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 100) return Math.round(value);
  return Number(value.toPrecision(3));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const COLUMNS = ['case', 'value', 'floor', 'ratio', 'unit', 'goal', 'met'] as const;

export function printTable(results: readonly BenchResult[]): void {
  const rows = results.map((each) => [
    each.case,
    String(each.value),
    String(each.floor),
    String(each.ratio),
    each.unit,
    each.goal,
    each.isMet ? 'yes' : 'no',
  ]);
  const widths = COLUMNS.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd();
  console.log(line(COLUMNS));
  console.log(line(widths.map((width) => '-'.repeat(width))));
  for (const row of rows) console.log(line(row));
}

export function printJson(results: readonly BenchResult[]): void {
  for (const each of results) console.log(JSON.stringify(each));
}
