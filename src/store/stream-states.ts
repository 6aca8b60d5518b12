import type { Store } from './store.ts';
import type { StreamStates } from './stream-state.ts';

export function streamStates(_store: Store): StreamStates {
  throw new Error('Stream states are not kept yet.');
}
