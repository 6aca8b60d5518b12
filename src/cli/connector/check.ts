import type { CheckResult } from '#sdk';

const WHAT_FAILED: Readonly<Record<Exclude<CheckResult['status'], 'ok'>, string>> = {
  auth: 'The system does not know this login.',
  network: 'Nobody answers at this address.',
  permission: 'The login is known, and a right is missing.',
  quota: 'The system answers, and its quota is used up.',
  config: 'Something answers, and it is not what the settings say.',
};

/** What a system said of itself, or what is wrong and what to do. */
export function checkInWords(connection: string, title: string, result: CheckResult): string {
  const head = `${connection} (${title})`;
  if (result.status === 'ok') {
    const version = result.version === undefined ? '' : ` ${result.version}`;
    return [
      `${head}: all is well`,
      `  ${result.product}${version}`,
      ...(result.notes ?? []).map((note) => `  ${note}`),
    ].join('\n');
  }
  const lines = [`${head}: it does not work`, `  ${WHAT_FAILED[result.status]}`, `  ${result.message}`];
  return [...lines, `  What to do: ${result.fix}`].join('\n');
}
