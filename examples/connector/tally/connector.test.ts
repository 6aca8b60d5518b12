import { afterAll, afterEach, beforeAll, describe, test } from '@jest/globals';
import { conformanceCases, Subject } from 'isthmus/sdk/testing/conformance';
import { tally } from './index.ts';
import { startTally, type TallySandbox } from './sandbox/start.ts';

let sandbox: TallySandbox;
let subject: Subject;

beforeAll(async () => {
  sandbox = await startTally();
  const { apiKey, hands } = sandbox;
  subject = await Subject.over({
    url: sandbox.url,
    connection: (url, { smallPages: _, ...settings } = {}) => tally({ url, apiKey, ...settings }),
    secrets: [apiKey],
    hands: { customer: hands },
    stop: () => sandbox.stop(),
  });
});
afterEach(() => subject.settle());
afterAll(async () => {
  await subject.close();
  await sandbox.stop();
});

describe('what the manifest declares', () => {
  for (const { name, run } of conformanceCases(tally.manifest)) test(name, () => run(subject));
});
