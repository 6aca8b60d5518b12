/** Stands between a connector and its system: forwards, counts, and acts out what it is told to. */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { SandboxReply } from './exchange.ts';
import { actOut, delay } from './misbehaving.ts';
import { type Misbehaviour, MisbehaviourList, type MisbehaviourScript } from './misbehaviour.ts';
import { writeReply } from './reply-writer.ts';
import { BoundedRequestJournal, type RequestJournal, requestLine } from './request-journal.ts';

export interface Intermediary extends MisbehaviourScript {
  /** Put in place of the system's own address, which answers never show. */
  readonly url: string;
  readonly journal: RequestJournal;
  /** The most requests that were under way at once since the last call of `forgetBusiest`. */
  readonly busiest: number;
  forgetBusiest(): void;
  stop(): Promise<void>;
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);
/** The first two bytes of what is compressed. */
const GZIP = 0x1f8b;
const TEXT = /json|xml|html|text|multipart|javascript/;

/** `target` is an origin, `http://127.0.0.1:8000`; a path behind it stays part of what connectors ask for. */
export async function standBetween(target: string): Promise<Intermediary> {
  const origin = new URL(target).origin;
  const agent = new Agent({ keepAlive: true });
  const script = new MisbehaviourList();
  const journal = new BoundedRequestJournal();
  let underWay = 0;
  let busiest = 0;
  const server = createServer({ maxHeaderSize: 65_536 }, (incoming, answer) => {
    underWay += 1;
    busiest = Math.max(busiest, underWay);
    answer.once('close', () => {
      underWay -= 1;
    });
    const note = journal.note(incoming.method ?? 'GET', incoming.url ?? '/');
    answer.once('finish', () => note(answer.statusCode));
    serve(incoming, answer).catch(() => answer.destroy());
  });

  async function serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const forwarded = () => forward(incoming, body);
    let trouble: Misbehaviour | undefined;
    for (const each of script.takeForServer(requestLine(incoming.method ?? 'GET', incoming.url ?? '/'))) {
      if (each.kind === 'slow') await delay(each.delayMs ?? 1000, answer);
      else trouble = each;
    }
    if (trouble === undefined) return writeReply(answer, await forwarded());
    return actOut(trouble, answer, { handled: forwarded, error: (status) => ({ status, body: { error: status } }) });
  }

  function forward(incoming: IncomingMessage, body: Buffer): Promise<SandboxReply> {
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    headers.host = new URL(origin).host;
    headers['accept-encoding'] = 'identity';
    return new Promise((resolve, reject) => {
      const asked = request(
        `${origin}${incoming.url}`,
        { method: incoming.method ?? 'GET', headers: { ...headers, 'content-length': body.length }, agent },
        (response) => {
          buffer(response).then((bytes) => resolve(asOurs(response, bytes)), reject);
        },
      );
      asked.once('error', reject);
      asked.end(body);
    });
  }

  function asOurs({ statusCode = 502, headers }: IncomingMessage, bytes: Buffer): SandboxReply {
    // Tryton calls large answers compressed also for those to whom it sends them plain.
    const isMislabelled = headers['content-encoding'] === 'gzip' && bytes.length > 1 && bytes.readUInt16BE(0) !== GZIP;
    const kept = Object.entries(headers).flatMap(([name, value]) =>
      HOP_BY_HOP.has(name) || value === undefined || (isMislabelled && name === 'content-encoding')
        ? []
        : [[name, typeof value === 'string' ? inOurName(value) : value] as const],
    );
    const isText = TEXT.test(String(headers['content-type'] ?? ''));
    return {
      status: statusCode,
      headers: Object.fromEntries(kept),
      body: isText ? Buffer.from(inOurName(bytes.toString('latin1')), 'latin1') : bytes,
    };
  }

  const slashed = (text: string) => text.replaceAll('/', '\\/');
  /** Some write their slashes in JSON as `\\/`. */
  const inOurName = (text: string) => text.replaceAll(origin, ours()).replaceAll(slashed(origin), slashed(ours()));
  const ours = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: target.replace(origin, ours()),
    journal,
    get busiest() {
      return busiest;
    },
    forgetBusiest() {
      busiest = underWay;
    },
    misbehave: (misbehaviour) => script.misbehave(misbehaviour),
    behave: () => script.behave(),
    stop: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
