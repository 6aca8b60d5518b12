import type { TestServer } from './servers.ts';

type Properties = Readonly<Record<string, string>>;

/** A clerk who works in the repository over its own protocol; documents are named by their version series. */
export class RecordsDesk {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #root: string;
  /** The object that stands for a series. */
  readonly #objects: Map<string, string>;

  private constructor(server: TestServer, root: string) {
    const login = Buffer.from(`${server.user}:${server.password}`).toString('base64');
    this.#headers = { authorization: `Basic ${login}` };
    this.#root = root;
    this.#objects = new Map(server.documents.map(({ key, objectId }) => [key, objectId]));
  }

  static async open(server: TestServer): Promise<RecordsDesk> {
    const login = Buffer.from(`${server.user}:${server.password}`).toString('base64');
    const answer = await fetch(server.url, { headers: { authorization: `Basic ${login}` } });
    const [info] = Object.values((await answer.json()) as Record<string, { rootFolderUrl: string }>);
    return new RecordsDesk(server, info!.rootFolderUrl);
  }

  async createDocument(name: string, content: string | undefined): Promise<string> {
    const ids = { 'propertyId[0]': 'cmis:name', 'propertyId[1]': 'cmis:objectTypeId' };
    const values = { 'propertyValue[0]': name, 'propertyValue[1]': 'demo:document' };
    const created = await this.#act({ cmisaction: 'createDocument', ...ids, ...values }, content);
    this.#objects.set(created['cmis:versionSeriesId']!, created['cmis:objectId']!);
    return created['cmis:versionSeriesId']!;
  }

  async checkOut(key: string): Promise<void> {
    const copy = await this.#act({ cmisaction: 'checkOut', objectId: this.#objects.get(key)! });
    this.#objects.set(key, copy['cmis:objectId']!);
  }

  async checkIn(key: string, content: string): Promise<void> {
    const action = { cmisaction: 'checkIn', major: 'true', objectId: this.#objects.get(key)! };
    const version = await this.#act(action, content);
    this.#objects.set(key, version['cmis:objectId']!);
  }

  async remove(key: string): Promise<void> {
    await this.#act({ cmisaction: 'delete', allVersions: 'true', objectId: this.#objects.get(key)! });
  }

  async #act(controls: Properties, content?: string): Promise<Properties> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...controls, succinct: 'true' })) form.append(name, value);
    if (content !== undefined) form.append('content', new File([content], 'content.txt', { type: 'text/plain' }));
    const answer = await fetch(this.#root, { method: 'POST', headers: this.#headers, body: form });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${controls.cmisaction} answered ${answer.status}: ${text.slice(0, 300)}`);
    return text === '' ? {} : (JSON.parse(text) as { succinctProperties: Properties }).succinctProperties;
  }
}
