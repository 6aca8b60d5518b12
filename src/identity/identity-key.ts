import { hubColumns, type Row, type WriteTx } from '#store';

/** By what a source names one thing: one business partner may be two entities, with two canonical ids. */
export interface KeyName {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly entity: string;
}

/** A key with its canonical ids. `mintedId` was made for it; `canonicalId` is the surviving one of its cluster. */
export interface IdentityKey extends KeyName {
  readonly id: number;
  mintedId: string;
  canonicalId: string;
  /** Minted in this transaction. */
  readonly isNew: boolean;
}

/** Text that no two names share. */
export function keyText(name: KeyName): string {
  return `${name.entity}\0${name.connection}\0${name.stream}\0${name.sourceId}`;
}

const NAME = hubColumns('identity_key', 'connection', 'stream', 'source_id', 'entity');
const ID = hubColumns('identity_key', 'id');
const COLUMNS = hubColumns('identity_key').map(({ name }) => name);

/** The keys of one transaction, each read once and known by its name, its id, and what it was in the store. */
export class IdentityKeys {
  readonly #tx: WriteTx;
  readonly #mint: () => string;
  readonly #byText = new Map<string, IdentityKey>();
  readonly #byId = new Map<number, IdentityKey>();
  /** Ids minted in this transaction that have no row in `canonical_id` yet. */
  readonly minted = new Map<string, KeyName>();

  constructor(tx: WriteTx, mint: () => string) {
    this.#tx = tx;
    this.#mint = mint;
  }

  of(name: KeyName): IdentityKey {
    const key = this.#byText.get(keyText(name));
    if (!key) throw new Error(`The identity key of ${name.entity} in ${name.connection}.${name.stream} was not read.`);
    return key;
  }

  find(text: string): IdentityKey | undefined {
    return this.#byText.get(text);
  }

  byId(id: number): IdentityKey {
    const key = this.#byId.get(id);
    if (!key) throw new Error(`The identity key ${id} was not read.`);
    return key;
  }

  /** Reads the named keys, and mints those that nobody has mentioned before, in the order given. */
  async mention(names: ReadonlyMap<string, KeyName>): Promise<void> {
    let missing = [...names].filter(([text]) => !this.#byText.has(text));
    await this.#read(missing.map(([, name]) => name));
    missing = missing.filter(([text]) => !this.#byText.has(text));
    if (missing.length === 0) return;
    const ids = await this.#tx.allocate('identity_key', missing.length);
    const made = new Map(
      missing.map(([text, name], index): [string, IdentityKey] => {
        const id = this.#mint();
        return [text, { ...name, id: ids[index] ?? 0, mintedId: id, canonicalId: id, isNew: true }];
      }),
    );
    const sorted = [...made].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, key]) => key);
    const inserted = await this.#tx.insertIgnore('identity_key', hubColumns('identity_key'), sorted.map(keyRow));
    if (inserted === made.size) for (const key of made.values()) this.#add(key, true);
    else await this.#settle(made);
  }

  /** Somebody else mentioned some of them first: theirs count. */
  async #settle(made: ReadonlyMap<string, IdentityKey>): Promise<void> {
    const rows = await this.#select(NAME, [...made.values()].map(nameRow));
    for (const row of rows) {
      const stored = fromRow(row);
      const ours = made.get(keyText(stored));
      if (ours?.id === stored.id) this.#add(ours, true);
      else this.#add(stored, false);
    }
  }

  async readIds(ids: Iterable<number>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#byId.has(id));
    for (const row of await this.#select(
      ID,
      missing.map((id) => [id]),
    ))
      this.#add(fromRow(row), false);
  }

  /** All keys of these canonical ids. Keys already known keep what this transaction made of them. */
  async readMembers(canonicalIds: readonly string[]): Promise<void> {
    const rows = await this.#select(
      hubColumns('identity_key', 'canonical_id'),
      canonicalIds.map((id) => [id]),
    );
    for (const row of rows) this.#add(fromRow(row), false);
  }

  /** The source key is another thing now: it gets an id of its own. */
  mintAnew(key: IdentityKey): void {
    if (key.isNew) return;
    key.mintedId = this.#mint();
    this.minted.set(key.mintedId, key);
  }

  all(): Iterable<IdentityKey> {
    return this.#byId.values();
  }

  async #read(names: readonly KeyName[]): Promise<void> {
    for (const row of await this.#select(NAME, names.map(nameRow))) this.#add(fromRow(row), false);
  }

  async #select(by: ReturnType<typeof hubColumns>, values: readonly Row[]): Promise<readonly Row[]> {
    return this.#tx.selectIn('identity_key', COLUMNS, by, values);
  }

  #add(key: IdentityKey, isMinted: boolean): void {
    if (this.#byId.has(key.id)) return;
    this.#byId.set(key.id, key);
    this.#byText.set(keyText(key), key);
    if (isMinted) this.minted.set(key.mintedId, key);
  }
}

const nameRow = (name: KeyName): Row => [name.connection, name.stream, name.sourceId, name.entity];

const keyRow = (key: IdentityKey): Row => [
  key.id,
  key.connection,
  key.stream,
  key.sourceId,
  key.entity,
  key.mintedId,
  key.canonicalId,
];

function fromRow(row: Row): IdentityKey {
  return {
    id: Number(row[0]),
    connection: String(row[1]),
    stream: String(row[2]),
    sourceId: String(row[3]),
    entity: String(row[4]),
    mintedId: String(row[5]),
    canonicalId: String(row[6]),
    isNew: false,
  };
}
