import type { DeliveredMessage } from './messages.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A value as text; what is no text is kept as it came, and cannot be an event. */
export function decodeValue(bytes: Uint8Array | null | undefined): Pick<DeliveredMessage, 'value' | 'bytes'> {
  if (!bytes) return { value: null };
  try {
    return { value: strict.decode(bytes) };
  } catch {
    return { value: null, bytes };
  }
}
