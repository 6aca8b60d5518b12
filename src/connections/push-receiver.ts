import { type Connected, CredentialError, type Hint, NotSupportedError, type Push, type WebhookRequest } from '#sdk';

/** More than a system pushes while one of its signatures is good. */
const MOST_REMEMBERED = 20_000;

/** The way in for what a system pushes: each push is verified by its connector, and taken once. */
export class PushReceiver {
  readonly #connection: string;
  readonly #connected: Pick<Connected, 'webhook'>;
  readonly #streams: ReadonlySet<string>;
  /** Until when each would be accepted again, in the order of their arrival. */
  readonly #taken = new Map<string, number>();

  constructor(connection: string, connected: Pick<Connected, 'webhook'>, streams: ReadonlySet<string>) {
    this.#connection = connection;
    this.#connected = connected;
    this.#streams = streams;
  }

  async receive(request: WebhookRequest): Promise<readonly Hint[]> {
    if (this.#connected.webhook === undefined) {
      throw new NotSupportedError(`${this.#connection}: this system's connector takes no pushes.`, {
        details: { connection: this.#connection },
      });
    }
    const push = await this.#connected.webhook(request);
    this.#takeOnce(push, request.now);
    return push.hints.filter((hint) => this.#streams.has(hint.stream));
  }

  #takeOnce({ once }: Push, now: number): void {
    if (once === undefined) return;
    for (const [id, until] of this.#taken) {
      if (until > now && this.#taken.size < MOST_REMEMBERED) break;
      this.#taken.delete(id);
    }
    if ((this.#taken.get(once.id) ?? 0) > now) {
      throw new CredentialError(`${this.#connection}: this push was here before.`, {
        details: { connection: this.#connection, isReplay: true },
      });
    }
    this.#taken.set(once.id, once.until);
  }
}
