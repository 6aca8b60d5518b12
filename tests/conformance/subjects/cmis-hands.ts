type Properties = Readonly<Record<string, string>>;

/** A clerk in a repository, over its own protocol: files and renames in the root folder, and throws away. */
export class RepositoryHands {
  readonly #root: string;
  readonly #authorization: string;
  /** The object that stands for a version series. */
  readonly #objects = new Map<string, string>();
  #named = 0;

  private constructor(root: string, authorization: string) {
    this.#root = root;
    this.#authorization = authorization;
  }

  static async open(url: string, user: string, password: string): Promise<RepositoryHands> {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const answer = await fetch(url, { headers: { authorization } });
    const [info] = Object.values((await answer.json()) as Record<string, { rootFolderUrl: string }>);
    return new RepositoryHands(info!.rootFolderUrl, authorization);
  }

  folders() {
    return this.#hands('createFolder', 'demo:folder', 'cmis:objectId');
  }

  documents() {
    return {
      ...this.#hands('createDocument', 'demo:document', 'cmis:versionSeriesId'),
      file: async (bytes: Uint8Array) => {
        const controls = { cmisaction: 'createDocument' };
        const properties = { ...this.#newName(), 'cmis:objectTypeId': 'demo:document' };
        const created = await this.#act(controls, properties, bytes);
        const key = created['cmis:versionSeriesId']!;
        this.#objects.set(key, created['cmis:objectId']!);
        return key;
      },
    };
  }

  #hands(action: string, type: string, keyProperty: string) {
    const objectOf = (key: string) => this.#objects.get(key) ?? key;
    return {
      listed: 'cmis:name',
      create: async (count: number) => {
        const keys: string[] = [];
        for (let made = 0; made < count; made++) {
          const created = await this.#act({ cmisaction: action }, { ...this.#newName(), 'cmis:objectTypeId': type });
          const key = created[keyProperty]!;
          this.#objects.set(key, created['cmis:objectId']!);
          keys.push(key);
        }
        return keys;
      },
      edit: async (key: string) => {
        await this.#act({ cmisaction: 'update', objectId: objectOf(key) }, this.#newName());
      },
      remove: async (key: string) => {
        await this.#act({ cmisaction: 'delete', allVersions: 'true', objectId: objectOf(key) });
      },
    };
  }

  /** Names are unique in a folder. */
  #newName(): Properties {
    return { 'cmis:name': `Kit ${this.#named++}` };
  }

  async #act(controls: Properties, properties: Properties = {}, content?: Uint8Array): Promise<Properties> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...controls, succinct: 'true' })) form.append(name, value);
    for (const [index, [id, value]] of Object.entries(properties).entries()) {
      form.append(`propertyId[${index}]`, id);
      form.append(`propertyValue[${index}]`, value);
    }
    if (content !== undefined) form.append('content', new Blob([new Uint8Array(content)]), 'kit.bin');
    const answer = await fetch(this.#root, {
      method: 'POST',
      headers: { authorization: this.#authorization },
      body: form,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${controls.cmisaction} answered ${answer.status}: ${text.slice(0, 300)}`);
    return text === '' ? {} : (JSON.parse(text) as { succinctProperties: Properties }).succinctProperties;
  }
}
