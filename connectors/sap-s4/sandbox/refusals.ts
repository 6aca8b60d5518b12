import { SandboxRefusal, type SandboxReply } from 'isthmus/sdk/testing';

const CODES: Readonly<Record<number, string>> = {
  400: '/IWBEP/CM_MGW_RT/021',
  401: '/IWFND/CM_MGW/096',
  403: '/IWFND/CM_MGW/097',
  404: '/IWFND/MED/170',
  405: '/IWFND/CM_MGW/098',
  412: '/IWFND/CM_MGW_RT/050',
  414: '/IWFND/CM_MGW/101',
  428: '/IWFND/CM_MGW_RT/051',
  429: '/IWFND/CM_MGW/429',
};

/** Gateway's V2 error body. */
export function errorReply(status: number, message: string, code?: string): SandboxReply {
  const errorCode = code ?? CODES[status] ?? '/IWFND/CM_MGW/099';
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', dataserviceversion: '1.0' },
    body: JSON.stringify({
      error: {
        code: errorCode,
        message: { lang: 'en', value: message },
        innererror: {
          application: { component_id: '', service_namespace: '/SAP/', service_id: '', service_version: '0001' },
          transactionid: '5F1B0C7A2E3A00E0E0066DBA1A2B3C4D',
          timestamp: '',
          errordetails: [{ code: errorCode, message, propertyref: '', severity: 'error', target: '' }],
        },
      },
    }),
  };
}

export function refuse(status: number, message: string, code?: string): never {
  throw new SandboxRefusal(errorReply(status, message, code));
}
