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

const NAME = hubColumns('identity_key', 'connection', 'stream', 'source_id', 'entity');
const ID = hubColumns('identity_key', 'id');
const COLUMNS = hubColumns('identity_key').map(({ name }) => name);

interface Mention {
  readonly name: KeyName;
  readonly isLikelyNew: boolean;
}

/** The keys of one transaction, each read once and known by its name, its id, and what it was in the store. */
export class IdentityKeys {
  readonly #tx: WriteTx;
  readonly #mint: () => string;
  readonly #byName = new NameMap<IdentityKey>();
  readonly #byId = new Map<number, IdentityKey>();
  readonly #mentioned = new NameMap<Mention>();
  /** Ids minted in this transaction that have no row in `canonical_id` yet. */
  readonly minted = new Map<string, KeyName>();

  constructor(tx: WriteTx, mint: () => string) {
    this.#tx = tx;
    this.#mint = mint;
  }

  of(name: KeyName): IdentityKey {
    const key = this.#byName.get(name);
    if (!key) throw new Error(`The identity key of ${name.entity} in ${name.connection}.${name.stream} was not read.`);
    return key;
  }

  byId(id: number): IdentityKey {
    const key = this.#byId.get(id);
    if (!key) throw new Error(`The identity key ${id} was not read.`);
    return key;
  }

  /** To be read or minted by `settle`. `isLikelyNew` only saves a read where nobody has mentioned it before. */
  mention(name: KeyName, isLikelyNew = false): void {
    if (!this.#byName.get(name)) this.#mentioned.add(name, { name, isLikelyNew });
  }

  /** Reads what was mentioned, and mints what nobody has mentioned before, in the order of mention. */
  async settle(): Promise<void> {
    const mentioned = this.#mentioned.clear();
    await this.#read(mentioned.filter(({ isLikelyNew }) => !isLikelyNew).map(({ name }) => name));
    const missing = mentioned.filter(({ name }) => !this.#byName.get(name));
    if (missing.length === 0) return;
    const ids = await this.#tx.allocate('identity_key', missing.length);
    const made = missing.map(({ name }, index): IdentityKey => {
      const id = this.#mint();
      return { ...name, id: ids[index] ?? 0, mintedId: id, canonicalId: id, isNew: true };
    });
    const rows = made.toSorted(byName).map(keyRow);
    const inserted = await this.#tx.insertIgnore('identity_key', hubColumns('identity_key'), rows);
    if (inserted === made.length) for (const key of made) this.#add(key, true);
    else await this.#adopt(made);
  }

  /** Somebody else mentioned some of them first: theirs count. */
  async #adopt(made: readonly IdentityKey[]): Promise<void> {
    const ours = new Map(made.map((key) => [key.id, key]));
    for (const row of await this.#select(NAME, made.map(nameRow))) {
      const stored = fromRow(row);
      const own = ours.get(stored.id);
      this.#add(own ?? stored, own !== undefined);
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
    this.#byName.add(key, key);
    if (isMinted) this.minted.set(key.mintedId, key);
  }
}

/** Values by name. The parts of names are compared as they are: joining them would cost more than all the rest. */
class NameMap<T> {
  readonly #streams: { readonly name: KeyName; readonly values: Map<string, T> }[] = [];
  readonly #added: T[] = [];

  get(name: KeyName): T | undefined {
    return this.#stream(name)?.get(name.sourceId);
  }

  /** The first one stays. */
  add(name: KeyName, value: T): void {
    let values = this.#stream(name);
    if (!values) {
      values = new Map();
      this.#streams.push({ name, values });
    }
    if (values.has(name.sourceId)) return;
    values.set(name.sourceId, value);
    this.#added.push(value);
  }

  /** Empties it, and answers what was in it in the order of its coming. */
  clear(): readonly T[] {
    this.#streams.length = 0;
    return this.#added.splice(0);
  }

  #stream({ entity, connection, stream }: KeyName): Map<string, T> | undefined {
    for (const { name, values } of this.#streams) {
      if (name.entity === entity && name.stream === stream && name.connection === connection) return values;
    }
    return undefined;
  }
}

/** Everybody inserts in this order, so that nobody waits for each other. */
function byName(left: KeyName, right: KeyName): number {
  if (left.entity !== right.entity) return left.entity < right.entity ? -1 : 1;
  if (left.connection !== right.connection) return left.connection < right.connection ? -1 : 1;
  if (left.stream !== right.stream) return left.stream < right.stream ? -1 : 1;
  return left.sourceId < right.sourceId ? -1 : 1;
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
