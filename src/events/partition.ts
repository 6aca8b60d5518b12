const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/** Fixed for the life of a topic's version. */
export const PARTITIONS = 12;

/** Where the change rows of a canonical id go: the partition that Kafka's own Java client would choose for the key. */
export function partitionOf(key: string): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % PARTITIONS;
}

/** MurmurHash2, 32 bits, as org.apache.kafka.common.utils.Utils has it; signed. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let hash = SEED ^ length;
  const whole = length - (length % 4);
  for (let at = 0; at < whole; at += 4) {
    let word = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const left = length % 4;
  if (left === 3) hash ^= byte(bytes, whole + 2) << 16;
  if (left >= 2) hash ^= byte(bytes, whole + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ byte(bytes, whole), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? 0;
