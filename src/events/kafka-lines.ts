import { isIP, connect as openLine, type Socket } from 'node:net';
import { connect as openSecureLine } from 'node:tls';
import type { ISocketFactoryArgs } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/** The lines of one client of kafkajs, which may wait for ever on one that was cut: here they can all be ended. */
export class KafkaLines {
  readonly #lines = new Set<Socket>();
  #isCut = false;

  /** The client's `socketFactory`. */
  readonly open = ({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket => {
    if (this.#isCut) throw new Error('This client was given up.');
    const line = ssl
      ? openSecureLine({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
      : openLine({ host, port }, onConnect);
    line.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#lines.add(line);
    line.once('close', () => this.#lines.delete(line));
    return line;
  };

  /** Without an error kafkajs would take a line for one that stands, and look after it for ever. */
  cut(error: Error): void {
    this.#isCut = true;
    for (const line of this.#lines) line.destroy(error);
  }
}
