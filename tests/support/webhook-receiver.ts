import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ReceivedHook {
  readonly id: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: as its sender made it
  readonly body: any;
  /** What it was answered. */
  readonly status: number;
}

export interface HookAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly afterMs?: number;
}

/** A real HTTP server that takes webhooks, verifies each by its secret, and answers as it is told. */
export class WebhookReceiver {
  /** All requests, in the order of their answers. */
  readonly received: ReceivedHook[] = [];
  /** By path, or for all paths as `*`. */
  readonly secrets = new Map<string, string>();
  answer: (hook: Omit<ReceivedHook, 'status'>) => HookAnswer | Promise<HookAnswer> = () => ({});
  mostUnderWay = 0;
  #underWay = 0;
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await receiver.up();
    return receiver;
  }

  get port(): number {
    return this.#port;
  }

  url(path = '/hooks'): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  /** On the same port as before. */
  async up(): Promise<void> {
    const server = createServer((request, response) => {
      this.#underWay += 1;
      this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const path = request.url ?? '/';
        const id = String(request.headers['webhook-id']);
        const isSigned = this.#isSigned(path, text, request.headers);
        const hook = { id, path, headers: request.headers, text, body: JSON.parse(text) };
        const { status = 200, headers, body, afterMs = 0 } = isSigned ? await this.answer(hook) : { status: 401 };
        if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
        this.received.push({ ...hook, status });
        this.#underWay -= 1;
        response.writeHead(status, headers).end(body);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  #isSigned(path: string, text: string, headers: IncomingHttpHeaders): boolean {
    const secret = this.secrets.get(path) ?? this.secrets.get('*');
    if (!secret) return true;
    try {
      new Webhook(secret).verify(text, headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** Those that were answered with 2xx. */
  get taken(): readonly ReceivedHook[] {
    return this.received.filter(({ status }) => status < 300);
  }

  /** By key, the sequences that were taken, without those that a receiver knows already. */
  sequences(): ReadonlyMap<string, readonly number[]> {
    const byKey = new Map<string, number[]>();
    for (const { body } of this.taken) {
      const known = byKey.get(body.subject) ?? [];
      if (body.sequence > (known.at(-1) ?? 0)) byKey.set(body.subject, [...known, body.sequence]);
    }
    return byKey;
  }

  /** Requests that came while an older event of their key had not been taken: there must be none. */
  outOfOrder(only?: string): readonly string[] {
    const highest = new Map<string, number>();
    return this.received.flatMap(({ id, body, status, path }) => {
      if (body.subject === undefined || (only !== undefined && path !== only)) return [];
      const last = highest.get(body.subject) ?? 0;
      if (status < 300) highest.set(body.subject, Math.max(last, body.sequence));
      return body.sequence > last + 1 ? [id] : [];
    });
  }
}
