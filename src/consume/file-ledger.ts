import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigError } from '#sdk';
import type { EventPlace } from './event.ts';
import type { Ledger, ParkedEvent, Place } from './ledger.ts';
import { KNOWN_KEYS, type LedgerJournal, MemoryLedger, type PartitionStep } from './memory-ledger.ts';
import type { DeliveredMessage } from './messages.ts';

/** Written anew, without what is no longer true, after so many bytes. */
const COMPACT_AFTER = 32_000_000;

/** Bytes that are no text stand in the file as base64. */
interface ParkedLine extends Omit<ParkedEvent, 'at' | 'message'> {
  readonly at: string;
  readonly message: Omit<DeliveredMessage, 'bytes'> & { readonly base64?: string };
}

type Line = Place & Omit<PartitionStep, 'parked'> & { readonly parked?: readonly ParkedLine[] };

interface Partition {
  place: Place;
  step: Omit<PartitionStep, 'known'>;
  known: Map<string, EventPlace>;
}

/**
 * Positions, sequences and what is parked in a file, for one process without a database. The effect comes first, then
 * the line in the file: after a crash between the two the last slice takes effect again.
 */
export async function fileLedger(file: string): Promise<Ledger<undefined>> {
  await mkdir(dirname(file), { recursive: true });
  await lock(`${file}.lock`);
  const partitions = readLines(await readFile(file, 'utf8').catch(() => ''));
  const journal = new FileJournal(file, partitions);
  await journal.compact();
  const saved = [...partitions.values()].map(
    ({ place, step, known }) => [place, { ...step, known: [...known] }] as const,
  );
  const ledger = new MemoryLedger(journal, saved);
  return Object.assign(ledger, {
    close: async () => {
      await journal.close();
      await rm(`${file}.lock`, { force: true });
    },
  });
}

class FileJournal implements LedgerJournal {
  readonly #file: string;
  readonly #partitions: Map<string, Partition>;
  #handle: FileHandle | undefined;
  #written = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(file: string, partitions: Map<string, Partition>) {
    this.#file = file;
    this.#partitions = partitions;
  }

  save(place: Place, step: PartitionStep): Promise<void> {
    const work = this.#turn.then(async () => {
      if (this.#written > COMPACT_AFTER) await this.compact();
      const { topic, partition } = place;
      const { parked, ...moved } = step;
      const isSame = this.#partitions.get(nameOf(place))?.step.parked.length === 0 && parked.length === 0;
      const line: Line = { topic, partition, ...moved, ...(!isSame && { parked: parked.map(toLine) }) };
      fold(this.#partitions, line);
      const text = `${JSON.stringify(line)}\n`;
      this.#handle ??= await open(this.#file, 'a');
      await this.#handle.appendFile(text);
      await this.#handle.datasync();
      this.#written += text.length;
    });
    this.#turn = work.catch(() => {});
    return work;
  }

  async compact(): Promise<void> {
    const lines = [...this.#partitions.values()].map(({ place, step, known }) =>
      JSON.stringify({ ...place, ...step, known: [...known], parked: step.parked.map(toLine) } satisfies Line),
    );
    const text = lines.map((line) => `${line}\n`).join('');
    await this.#handle?.close();
    this.#handle = undefined;
    await writeFile(`${this.#file}.new`, text, { flush: true });
    await rename(`${this.#file}.new`, this.#file);
    this.#written = 0;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#handle?.close();
  }
}

function readLines(text: string): Map<string, Partition> {
  const partitions = new Map<string, Partition>();
  const lines = text.split('\n');
  // What follows the last line break was cut off in writing it, and so never counted.
  for (const line of lines.slice(0, -1)) fold(partitions, JSON.parse(line) as Line);
  return partitions;
}

function fold(partitions: Map<string, Partition>, line: Line): void {
  const { topic, partition, position, incarnations, known } = line;
  const before = partitions.get(nameOf(line));
  const parked = line.parked?.map(fromLine) ?? before?.step.parked ?? [];
  const keys = before?.known ?? new Map<string, EventPlace>();
  for (const [key, at] of known) {
    keys.delete(key);
    keys.set(key, at);
  }
  for (const key of keys.keys()) {
    if (keys.size <= KNOWN_KEYS) break;
    keys.delete(key);
  }
  const step = { position, incarnations, parked };
  partitions.set(nameOf(line), { place: { topic, partition }, step, known: keys });
}

function toLine({ message: { bytes, ...message }, ...event }: ParkedEvent): ParkedLine {
  const base64 = bytes && Buffer.from(bytes).toString('base64');
  return { ...event, at: event.at.toISOString(), message: { ...message, ...(base64 && { base64 }) } };
}

function fromLine({ message: { base64, ...message }, ...event }: ParkedLine): ParkedEvent {
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  return { ...event, at: new Date(event.at), message: { ...message, ...(bytes && { bytes }) } };
}

const nameOf = ({ topic, partition }: Place) => `${topic} ${partition}`;

/** One process at a time; a lock whose process is gone is no lock. */
async function lock(file: string): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      return await writeFile(file, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(await readFile(file, 'utf8').catch(() => '0'));
      if (holder !== process.pid && isAlive(holder)) break;
      await rm(file, { force: true });
    }
  }
  throw new ConfigError(`${file}: another process keeps its ledger in this file. Give each consumer its own.`, {
    details: { field: 'ledger' },
  });
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
