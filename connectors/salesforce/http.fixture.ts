import type { Connector, Http, HttpAnswer, HttpRequest, Session } from 'isthmus/sdk';

/** The least that a connector needs of the network: one session, no retry. Counts the calls after the login. */
export function plainHttp<C>(connector: Connector<C>, config: C): Http & { readonly calls: string[] } {
  const { protocol } = connector;
  const calls: string[] = [];
  let session: Promise<Session> | undefined;
  const send = async (request: HttpRequest, held: Session | undefined): Promise<HttpAnswer<string>> => {
    const url = new URL(request.path, held?.baseUrl ?? protocol.baseUrl(config));
    const isForm = request.body instanceof URLSearchParams;
    const response = await fetch(url, {
      method: request.method ?? 'GET',
      headers: { ...held?.headers, ...request.headers, ...(isForm ? {} : { 'content-type': 'application/json' }) },
      ...(request.body === undefined
        ? {}
        : { body: isForm ? (request.body as URLSearchParams) : JSON.stringify(request.body) }),
    });
    const headers = Object.fromEntries(response.headers);
    const text = await response.text();
    if (response.ok) return { status: response.status, headers, body: text };
    const json: unknown = headers['content-type']?.includes('json') ? JSON.parse(text) : undefined;
    throw (
      protocol.readFailure?.({ status: response.status, headers, text, json }) ?? new Error(`status ${response.status}`)
    );
  };
  const login: Http = {
    json: async <T>(request: HttpRequest) => parsed<T>(await send(request, undefined)),
    text: (request) => send(request, undefined),
    stream: () => Promise.reject(new Error('not needed here')),
    signal: new AbortController().signal,
  };
  const text = async (request: HttpRequest) => {
    session ??= protocol.open!(config, login);
    const held = await session;
    calls.push(request.path);
    return send(request, held);
  };
  return { ...login, text, json: async <T>(request: HttpRequest) => parsed<T>(await text(request)), calls };
}

function parsed<T>(answer: HttpAnswer<string>): HttpAnswer<T> {
  return { ...answer, body: JSON.parse(answer.body) as T };
}
