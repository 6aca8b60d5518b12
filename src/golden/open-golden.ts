import type { Golden, GoldenOptions } from './golden.ts';

/**
 * A reader of golden records asks #store; whoever brings observations opens this, once per process, and only there is
 * loaded what writes.
 */
export async function openGolden(options: GoldenOptions): Promise<Golden> {
  const golden = await import('./golden.ts');
  return await golden.openGolden(options);
}
