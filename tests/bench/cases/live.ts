import type { BenchResult } from '../result.ts';

export async function live(): Promise<BenchResult[]> {
  return [];
}
