import { SERIES, type SeriesName } from './series.ts';

/** A value as Tryton writes it in JSON where JSON has no such type. */
type Coded = { readonly __class__: string; readonly [part: string]: unknown };
type Row = Readonly<Record<string, unknown>>;

/** What the server refuses, by the name of its exception. */
export class TrytonRefusal extends Error {
  readonly exception: string;
  readonly status: number;

  constructor(exception: string, message: string, status: number) {
    super(`${exception}: ${message}`);
    this.exception = exception;
    this.status = status;
  }
}

export interface Login {
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly series: SeriesName;
}

/** A person at Tryton's own desk: what tests do to the system beside the hub. Nothing is retried. */
export class TrytonDesk {
  readonly #address: string;
  readonly #authorization: string;
  /** Given to every call. */
  context: Readonly<Record<string, unknown>> = { active_test: false };

  private constructor(address: string, authorization: string) {
    this.#address = address;
    this.#authorization = authorization;
  }

  static async open({ url, database, user, password, series }: Login): Promise<TrytonDesk> {
    const address = `${url}/${database}/${SERIES[series].below}`;
    const [id, key] = (await post(address, 'common.db.login', [user, { password }, 'en'])) as [number, string];
    return new TrytonDesk(address, `Session ${Buffer.from(`${user}:${id}:${key}`).toString('base64')}`);
  }

  /** `method` is one of a model, such as `party.party.create`. */
  call<T = unknown>(method: string, ...params: readonly unknown[]): Promise<T> {
    return this.raw<T>(`model.${method}`, ...params, this.context);
  }

  raw<T = unknown>(method: string, ...params: readonly unknown[]): Promise<T> {
    return post(this.#address, method, params, this.#authorization) as Promise<T>;
  }

  create(model: string, ...values: readonly Row[]): Promise<number[]> {
    return this.call(`${model}.create`, values);
  }

  async createOne(model: string, values: Row): Promise<number> {
    return (await this.create(model, values))[0]!;
  }

  write(model: string, ids: readonly number[], values: Row): Promise<void> {
    return this.call(`${model}.write`, ids, values);
  }

  delete(model: string, ids: readonly number[]): Promise<void> {
    return this.call(`${model}.delete`, ids);
  }

  search(model: string, domain: readonly unknown[], limit: number | null = null): Promise<number[]> {
    return this.call(`${model}.search`, domain, 0, limit, [['id', 'ASC']]);
  }

  async first(model: string, domain: readonly unknown[]): Promise<number> {
    const [id] = await this.search(model, domain, 1);
    if (id === undefined) throw new Error(`no ${model} fits ${JSON.stringify(domain)}`);
    return id;
  }

  read<T = Row>(model: string, ids: readonly number[], fields: readonly string[]): Promise<readonly T[]> {
    return this.call(`${model}.read`, ids, fields);
  }

  /** A step of the workflow, such as `sale.sale.confirm`. Tryton asks before it does unusual things; the answer is yes. */
  async step(model: string, method: string, ids: readonly number[]): Promise<unknown> {
    for (;;) {
      try {
        return await this.call(`${model}.${method}`, ids);
      } catch (error) {
        const warning = /UserWarning: \S+ \["([^"]+)"/.exec((error as Error).message)?.[1];
        if (warning === undefined) throw error;
        await this.createOne('res.user.warning', { name: warning, user: 1, always: false });
      }
    }
  }
}

export function decimal(value: string): Coded {
  return { __class__: 'Decimal', decimal: value };
}

export function date(text: string): Coded {
  const [year, month, day] = text.split('-').map(Number);
  return { __class__: 'date', year, month, day };
}

async function post(
  address: string,
  method: string,
  params: readonly unknown[],
  authorization?: string,
): Promise<unknown> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
    body: JSON.stringify({ id: 1, method, params }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new TrytonRefusal(String(answer.status), `${method} ${text.slice(0, 300)}`, answer.status);
  const body = JSON.parse(text) as { readonly result?: unknown; readonly error?: readonly [string, unknown] };
  if (body.error === undefined) return body.result;
  throw new TrytonRefusal(body.error[0], `${method} ${JSON.stringify(body.error[1]).slice(0, 300)}`, answer.status);
}
