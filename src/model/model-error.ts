import type { SourceLocation } from './model.ts';

/** One thing wrong with a model: where, what, and what to write instead. */
export interface ModelProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly fix: string;
}

/** A model that cannot be compiled, with everything found wrong in it, in the order of files and lines. */
export class ModelError extends Error {
  readonly problems: readonly ModelProblem[];

  constructor(problems: readonly ModelProblem[]) {
    super(['The canonical model is wrong:', ...problems.map(describeProblem)].join('\n'));
    this.name = 'ModelError';
    this.problems = problems;
  }
}

function describeProblem({ file, line, message, fix }: ModelProblem): string {
  return `  ${file}:${line}: ${message} ${fix}`;
}

/** Gathers problems, so that a wrong model is told whole and not one mistake a start. */
export class ProblemList {
  readonly #problems: ModelProblem[] = [];

  add(location: SourceLocation, message: string, fix: string): void {
    this.#problems.push({ file: location.file, line: location.line, message, fix });
  }

  throwIfAny(fileOrder: readonly string[]): void {
    if (this.#problems.length === 0) return;
    const rank = new Map(fileOrder.map((file, index) => [file, index]));
    const rankOf = (problem: ModelProblem) => rank.get(problem.file) ?? fileOrder.length;
    throw new ModelError(this.#problems.toSorted((a, b) => rankOf(a) - rankOf(b) || a.line - b.line));
  }
}
