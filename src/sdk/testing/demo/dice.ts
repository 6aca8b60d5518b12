/** Kinds of records: each draws from its own sequence, so that adding a draw to one leaves the others alone. */
export type DiceKind =
  | 'company'
  | 'presence'
  | 'erpView'
  | 'crmView'
  | 'recordsView'
  | 'contact'
  | 'user'
  | 'product'
  | 'stock'
  | 'orderCustomer'
  | 'salesOrder'
  | 'purchaseOrder'
  | 'invoice'
  | 'lead'
  | 'opportunity'
  | 'case'
  | 'document'
  | 'content';

const kindHashes = new Map<string, number>();

/**
 * Random draws for one record, keyed by seed, kind and index: record N needs no record before it. The generator is
 * splitmix32; statistically plain, fast, and the same everywhere.
 */
export class Dice {
  #state: number;

  constructor(seed: number, kind: DiceKind, index: number) {
    let hash = kindHashes.get(kind);
    if (hash === undefined) {
      hash = hashText(kind);
      kindHashes.set(kind, hash);
    }
    this.#state = mix(mix(mix(seed ^ 0x9e3779b9) ^ hash) + index);
  }

  /** 0 to 2^32 - 1. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mix(this.#state) >>> 0;
  }

  /** 0 (included) to 1 (excluded). */
  unit(): number {
    return this.bits() / 4294967296;
  }

  /** 0 (included) to `below` (excluded). */
  below(below: number): number {
    return Math.floor(this.unit() * below);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(share: number): boolean {
    return this.unit() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Low indexes are drawn more often, as few customers place most orders. */
  skewed(below: number): number {
    const unit = this.unit();
    return Math.floor(unit * Math.sqrt(unit) * below);
  }

  digits(count: number): string {
    let text = '';
    for (let n = 0; n < count; n++) text += this.below(10);
    return text;
  }

  /** A UUID-like id that carries the index, and so is unique within its kind. */
  uuid(index: number): string {
    const a = this.bits().toString(16).padStart(8, '0');
    const b = this.bits().toString(16).padStart(8, '0');
    const tail = index.toString(16).padStart(12, '0');
    return `${a}-${b.slice(0, 4)}-4${b.slice(5, 8)}-a${a.slice(1, 4)}-${tail}`;
  }
}

function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return hash;
}
