import { type Deletions, type Http, hasCode } from 'isthmus/sdk';
import type { Domain, TrytonClient } from './client.ts';

const LOG = 'ir.model.log';
/** Entries become visible when their transaction ends, not in the order of their ids: the newest few make the mark. */
const NEWEST = 20;
/** All streams are polled together: one question serves them. */
const LIVES_MS = 500;

/** Tells that something was deleted: the log keeps which model an entry is about, but shows no id. */
export class DeletionLog {
  readonly #client: TrytonClient;
  readonly #marks = new Map<string, { readonly whole: string; readonly mark: string }>();
  #whole: { readonly at: number; readonly mark: Promise<string | undefined> } | undefined;

  constructor(client: TrytonClient) {
    this.#client = client;
  }

  /** Nothing where the series has no log, or the user may not read it. */
  async of(models: { readonly records: readonly string[]; readonly parts: readonly string[] }, http: Http) {
    const whole = await this.#ofAll(http);
    if (whole === undefined) return undefined;
    const deletions: Deletions = {
      records: await this.#ofModels(models.records, whole, http),
      ...(models.parts.length === 0 ? {} : { parts: await this.#ofModels(models.parts, whole, http) }),
    };
    return deletions;
  }

  #ofAll(http: Http): Promise<string | undefined> {
    if (this.#whole === undefined || Date.now() > this.#whole.at + LIVES_MS) {
      const mark = this.#newest([], http).catch((error: unknown) => {
        this.#whole = undefined;
        if (hasCode(error, 'CONTRACT', 'REJECTED_RECORD')) return undefined;
        throw error;
      });
      this.#whole = { at: Date.now(), mark };
    }
    return this.#whole.mark;
  }

  async #ofModels(models: readonly string[], whole: string, http: Http): Promise<string> {
    const known = this.#marks.get(models.join());
    if (known?.whole === whole) return known.mark;
    const mark = await this.#newest([['OR', ...models.map((model) => [['resource', 'like', `${model},%`]])]], http);
    this.#marks.set(models.join(), { whole, mark });
    return mark;
  }

  async #newest(domain: Domain, http: Http): Promise<string> {
    const ids = await this.#client.ids(http, LOG, [['event', '=', 'delete'], ...domain], NEWEST, 'DESC');
    return ids.join(' ');
  }
}
