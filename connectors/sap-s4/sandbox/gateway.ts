import type { RateLimit, SandboxHandler, SandboxReply, SandboxRequest, SandboxStore } from 'isthmus/sdk/testing';
import { answerBatch } from './batch.ts';
import { edit } from './edits.ts';
import type { Service } from './edm.ts';
import type { EntityWriting } from './entity-json.ts';
import { metadataDocument, serviceDocument } from './metadata.ts';
import { read } from './reading.ts';
import { errorReply } from './refusals.ts';
import { parseResourcePath } from './resource-path.ts';
import type { Sessions } from './sessions.ts';

const ODATA_ROOT = '/sap/opu/odata/sap/';

export interface GatewayOptions {
  readonly services: readonly Service[];
  readonly store: SandboxStore;
  readonly sessions: Sessions;
  readonly rateLimit: RateLimit;
  readonly urlLimit: number;
  /** Services without a communication scenario: answered 403. */
  readonly forbidden: ReadonlySet<string>;
  /** The server's own URL, without a slash at the end. */
  readonly origin: (request: SandboxRequest) => string;
}

/** SAP Gateway: logon, tokens, limits, then OData V2 per service. */
export function createGateway(options: GatewayOptions): SandboxHandler {
  const byName = new Map(options.services.map((service) => [service.name, service]));
  return (request) => {
    if (request.path === '/sap/bc/sec/oauth2/token' && request.method === 'POST') {
      return options.sessions.token(request);
    }
    const [name = '', ...rest] = request.path.slice(ODATA_ROOT.length).split('/');
    const service = request.path.startsWith(ODATA_ROOT) ? byName.get(name) : undefined;
    if (request.path.length + request.search.length > options.urlLimit) return errorReply(414, 'Request-URI too long');
    options.sessions.authenticate(request);
    if (service === undefined) return errorReply(404, `No service found for name '${name}'`, '/IWFND/MED/170');
    if (options.forbidden.has(service.name)) {
      return errorReply(403, `No authorization to access Service '${service.name}'`, '/IWFND/CM_CONSUMER/108');
    }
    const verdict = options.rateLimit.take();
    if (!verdict.allowed) {
      const reply = errorReply(429, 'Too many requests');
      return { ...reply, headers: { ...reply.headers, 'retry-after': verdict.retryAfterSeconds } };
    }
    const reply = answer(service, rest.join('/'), request, options);
    const tokens = options.sessions.fetchHeaders(request);
    return { ...reply, headers: { ...reply.headers, ...tokens, 'sap-processing-info': 'ODataBEP=,crp=,st=' } };
  };
}

function answer(service: Service, path: string, request: SandboxRequest, options: GatewayOptions): SandboxReply {
  const root = `${options.origin(request)}${ODATA_ROOT}${service.name}/`;
  const writing: EntityWriting = { service, store: options.store, root };
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead) return answerRead(service, path, request, writing);
  const refusal = options.sessions.refuseWithoutToken(request);
  if (refusal !== undefined) return refusal;
  if (path !== '$batch') return answerOne(service, path, request, writing);
  const servicePath = `${ODATA_ROOT}${service.name}/`;
  return answerBatch(request, {
    servicePath,
    answer: (part) => {
      const inner = part.path.slice(servicePath.length);
      return part.method === 'GET'
        ? answerRead(service, inner, part, writing)
        : answerOne(service, inner, part, writing);
    },
    atomically: (work) => options.store.transaction(work),
  });
}

function answerOne(service: Service, path: string, request: SandboxRequest, writing: EntityWriting): SandboxReply {
  return edit(parseResourcePath(path, service), request, writing);
}

function answerRead(service: Service, path: string, request: SandboxRequest, writing: EntityWriting): SandboxReply {
  if (path === '') {
    const headers = { 'content-type': 'application/json', dataserviceversion: '1.0' };
    return { headers, body: request.method === 'HEAD' ? null : serviceDocument(service) };
  }
  if (path === '$metadata') {
    return { headers: { 'content-type': 'application/xml;charset=utf-8' }, body: metadataDocument(service) };
  }
  return read(parseResourcePath(path, service), request, writing);
}
