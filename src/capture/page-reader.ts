import { createHash } from 'node:crypto';
import { ContractError } from '#sdk';

/** One page as it was read, and when that read began on the store's clock. */
export interface ReadPage<P> {
  readonly page: P;
  readonly startedAt: number;
}

interface Paged {
  readonly next?: string;
}

/**
 * The pages of one whole read, one ahead of whoever takes them: the system works while the store writes. A system that
 * hands out the same page or the same next link again would be read for ever, and is a `ContractError` instead.
 */
export async function* readPages<P extends Paged>(
  subject: { readonly connection: string; readonly stream: string },
  from: string | undefined,
  read: (page: string | undefined) => Promise<ReadPage<P>>,
  identify: (page: P) => string,
): AsyncGenerator<ReadPage<P>, void, void> {
  const repeats = new RepeatDetector(subject);
  let ahead: Promise<ReadPage<P>> | undefined = read(from);
  try {
    while (ahead !== undefined) {
      const current: ReadPage<P> = await ahead;
      ahead = undefined;
      const { next } = current.page;
      repeats.check(identify(current.page), next);
      if (next !== undefined) {
        ahead = read(next);
        // Awaited in the next round; until then nobody else would.
        ahead.catch(() => {});
      }
      yield current;
    }
  } finally {
    // A read that nobody takes any more is waited for: its slot and its failure belong to this run.
    await ahead?.catch(() => {});
  }
}

class RepeatDetector {
  readonly #subject: { readonly connection: string; readonly stream: string };
  readonly #links = new Set<string>();
  readonly #contents = new Set<string>();

  constructor(subject: { readonly connection: string; readonly stream: string }) {
    this.#subject = subject;
  }

  check(contents: string, next: string | undefined): void {
    const isRepeated = contents !== '' && !added(this.#contents, contents);
    const isCircular = next !== undefined && !added(this.#links, next);
    if (!isRepeated && !isCircular) return;
    throw repeatedPage(this.#subject);
  }
}

export function repeatedPage({
  connection,
  stream,
}: {
  readonly connection: string;
  readonly stream: string;
}): ContractError {
  return new ContractError(
    `${connection}: ${stream} delivers a page that it has delivered before, so its end would never come. The checkpoint is kept. Report it to the system's vendor, or to the connector's author.`,
    { details: { connection, stream } },
  );
}

function added(seen: Set<string>, text: string): boolean {
  const hash = createHash('sha1').update(text).digest('base64url');
  if (seen.has(hash)) return false;
  seen.add(hash);
  return true;
}
