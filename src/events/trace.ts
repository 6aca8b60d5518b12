import { randomBytes } from 'node:crypto';

/** A W3C `traceparent` that begins here: consumers of what one page brought can tell that it belongs together. */
export function newTrace(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
