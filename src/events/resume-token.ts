/**
 * Where a reader of the log stands, as opaque text: the hub's incarnation and the next offset of every partition. A
 * token carries a sum over itself, so that a damaged one is told from one of another log.
 */
import { createHash } from 'node:crypto';

/** By partition the offset that comes next. */
export type LogVector = readonly number[];

export type ReadToken =
  | { readonly kind: 'position'; readonly vector: LogVector }
  /** Cut, changed, or never one of ours. */
  | { readonly kind: 'damaged' }
  /** Of a log that is no more: before a restore, or with other partitions. */
  | { readonly kind: 'foreign' };

const VERSION = 1;
const INCARNATION_BYTES = 8;
const SUM_BYTES = 4;
const SPELLING = /^[A-Za-z0-9_-]+$/;

export function writeResumeToken(incarnation: string, vector: LogVector): string {
  const bytes = [VERSION, ...digest(incarnation, INCARNATION_BYTES)];
  for (const offset of vector) {
    let rest = offset;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    bytes.push(rest);
  }
  const body = Buffer.from(bytes);
  return Buffer.concat([body, digest(body, SUM_BYTES)]).toString('base64url');
}

export function readResumeToken(text: string, incarnation: string, partitions: number): ReadToken {
  const bytes = SPELLING.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  const body = bytes.subarray(0, Math.max(0, bytes.length - SUM_BYTES));
  const isWhole =
    body.length > INCARNATION_BYTES &&
    bytes.toString('base64url') === text &&
    digest(body, SUM_BYTES).equals(bytes.subarray(body.length));
  if (!isWhole) return { kind: 'damaged' };
  const vector = offsetsIn(body.subarray(1 + INCARNATION_BYTES));
  const isOurs =
    body[0] === VERSION && digest(incarnation, INCARNATION_BYTES).equals(body.subarray(1, 1 + INCARNATION_BYTES));
  return isOurs && vector.length === partitions ? { kind: 'position', vector } : { kind: 'foreign' };
}

function offsetsIn(bytes: Uint8Array): number[] {
  const offsets: number[] = [];
  let offset = 0;
  let weight = 1;
  for (const byte of bytes) {
    offset += (byte % 128) * weight;
    weight *= 128;
    if (byte >= 128) continue;
    offsets.push(offset);
    offset = 0;
    weight = 1;
  }
  return offsets;
}

function digest(of: string | Uint8Array, length: number): Buffer {
  return createHash('sha256').update(of).digest().subarray(0, length);
}
