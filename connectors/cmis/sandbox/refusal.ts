import { SandboxRefusal, type SandboxReply } from 'isthmus/sdk/testing';

/** The exceptions of the browser binding with their statuses (CMIS 1.1, 5.2.10; the last two are OpenCMIS's own). */
const STATUS = {
  invalidArgument: 400,
  filterNotValid: 400,
  permissionDenied: 403,
  streamNotSupported: 403,
  objectNotFound: 404,
  notSupported: 405,
  nameConstraintViolation: 409,
  contentAlreadyExists: 409,
  constraint: 409,
  updateConflict: 409,
  versioning: 409,
  storage: 500,
  runtime: 500,
  tooManyRequests: 429,
  serviceUnavailable: 503,
} as const;

export type CmisException = keyof typeof STATUS;

export function refusalReply(exception: CmisException, message: string, headers = {}): SandboxReply {
  return { status: STATUS[exception], headers, body: { exception, message } };
}

export function refuse(exception: CmisException, message: string): never {
  throw new SandboxRefusal(refusalReply(exception, message));
}

/** The exception that belongs to a status that the server itself has to send. */
export function exceptionOf(status: number): CmisException {
  const entry = Object.entries(STATUS).find(([, known]) => known === status);
  return (entry?.[0] ?? 'runtime') as CmisException;
}
