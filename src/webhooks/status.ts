/** Endpoints as an operator sees them; asked of the store alone, so that any process can tell. */
import { logEnds } from '#events';
import type { Store } from '#store';
import { FAILING_AFTER, loadEndpoints, readerName, readerOf, type WebhookEndpoint } from './endpoint.ts';

export interface WebhookStatus extends Omit<WebhookEndpoint, 'state' | 'revision' | 'epoch' | 'failures'> {
  readonly state: WebhookEndpoint['state'] | 'failing';
  /** Places of the log that it has not come to; not all of them need concern it. */
  readonly behind: number;
  /** Keys whose next event waits to be tried again. */
  readonly waitingKeys: number;
  readonly nextAttemptAt: number | null;
  /** Until then a secret from before is still used to sign beside the present one. */
  readonly oldSecretUntil: number | null;
}

export async function listWebhooks(store: Store): Promise<readonly WebhookStatus[]> {
  const found = await loadEndpoints(readerOf(store));
  if (found.length === 0) return [];
  const [ends, positions, waiting, secrets] = await Promise.all([
    logEnds(store),
    store.reader.all(
      `select reader, "partition", "offset" from log_position where reader >= 'webhook:' and reader < 'webhook;'`,
    ),
    store.reader.all('select endpoint, count(*), min(next_at) from webhook_retry group by endpoint'),
    store.reader.all(
      `select endpoint, max(valid_until) from webhook_secret where valid_until > ${store.placeholder(1)} group by endpoint`,
      [store.clock()],
    ),
  ]);
  return found.map(({ revision: _revision, epoch: _epoch, failures, ...endpoint }) => {
    const own = positions.filter(([reader]) => reader === readerName(endpoint.id));
    const retry = waiting.find(([id]) => id === endpoint.id);
    const old = secrets.find(([id]) => id === endpoint.id)?.[1];
    return {
      ...endpoint,
      state: endpoint.state === 'active' && failures >= FAILING_AFTER ? 'failing' : endpoint.state,
      behind: own.reduce(
        (sum, [, each, offset]) => sum + Math.max(0, (ends.get(Number(each)) ?? 0) - Number(offset)),
        0,
      ),
      waitingKeys: Number(retry?.[1] ?? 0),
      nextAttemptAt: retry?.[2] == null ? null : Number(retry[2]),
      oldSecretUntil: old == null ? null : Number(old),
    };
  });
}
