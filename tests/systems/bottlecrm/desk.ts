/** What the people at the CRM do, through its own API. */
import type { BottleCrmServer } from './server.ts';

type Body = Readonly<Record<string, unknown>>;

export type Kind = 'accounts' | 'contacts' | 'leads' | 'opportunities' | 'cases';

const EVENTS = ['account', 'contact', 'lead', 'deal', 'ticket'].flatMap((subject) =>
  ['created', 'updated', 'deleted'].map((what) => `${subject}.${what}`).filter((event) => event !== 'ticket.deleted'),
);

export class CrmDesk {
  readonly #server: BottleCrmServer;

  constructor(server: BottleCrmServer) {
    this.#server = server;
  }

  /** The new record's key. */
  async create(kind: Kind, body: Body): Promise<string> {
    const { id } = await this.#call('POST', `/api/${kind}/`, body);
    if (typeof id !== 'string') throw new Error(`BottleCRM told no id of what was made in ${kind}.`);
    return id;
  }

  async edit(kind: Kind, id: string, body: Body): Promise<void> {
    await this.#call('PATCH', `/api/${kind}/${id}/`, body);
  }

  async remove(kind: Kind, id: string): Promise<void> {
    await this.#call('DELETE', `/api/${kind}/${id}/`);
  }

  /** A field of the organisation's own, on accounts. */
  async defineField(key: string): Promise<void> {
    const field = { target_model: 'Account', key, label: key, field_type: 'text' };
    await this.#call('POST', '/api/custom-fields/', field, this.#server.adminLogin);
  }

  /** All events of what the hub reads go to `url`. Tells the secret that they are signed with. */
  async addWebhook(url: string): Promise<string> {
    const { secret } = await this.#call(
      'POST',
      '/api/webhooks/',
      { url, events: EVENTS, format: 'json' },
      this.#server.adminLogin,
    );
    return String(secret);
  }

  async #call(method: string, path: string, body?: Body, login = this.#server.token): Promise<Body> {
    const answer = await fetch(this.#server.url + path, {
      method,
      headers: { authorization: `Bearer ${login}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`BottleCRM: ${method} ${path} ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Body;
  }
}
