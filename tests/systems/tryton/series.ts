/** What is different in each series of Tryton that tests run. */
export const SERIES = {
  '8.2': { requirements: './requirements.txt', below: 'rpc/', moves: ['move_sequence', 'ir.sequence.strict'] },
  /** With support until 2028. */
  '7.0': { requirements: './requirements-7.0.txt', below: '', moves: ['post_move_sequence', 'ir.sequence'] },
} as const satisfies Record<string, Series>;

export type SeriesName = keyof typeof SERIES;

export interface Series {
  /** Exact versions for pip, beside this file. */
  readonly requirements: string;
  /** Where it answers, below its address or below a database. */
  readonly below: 'rpc/' | '';
  /** The field of a fiscal year that numbers its moves, and of which model that is. */
  readonly moves: readonly [field: string, model: string];
}
