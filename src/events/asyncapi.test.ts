import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import asyncapi, { type AsyncAPIDocumentInterface } from '@asyncapi/parser';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadCanonicalModel, packageFolder } from '#model';
import { createEnvelope } from './envelope.ts';
import { PARTITIONS } from './partition.ts';
import { topicEntities } from './topics.ts';

const FILE = join(packageFolder(), 'schema', 'published', 'asyncapi.json');

describe('the AsyncAPI document', () => {
  const model = loadCanonicalModel();
  let document: AsyncAPIDocumentInterface;
  beforeAll(async () => {
    const parsed = await asyncapi.fromFile(new asyncapi.Parser(), FILE).parse();
    expect(parsed.diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
    document = parsed.document!;
  });

  test('has every topic that the hub publishes to, as Kafka is told to make it', () => {
    const { topics } = createEnvelope(model, 'inc', { prefix: 'acme', personal: {} });
    for (const { name, kind } of topics) {
      const channel = document
        .channels()
        .all()
        .find((candidate) => candidate.address()?.replace('{prefix}', 'acme') === name);
      const kafka = channel?.bindings().get('kafka')?.value();
      expect(kafka).toMatchObject({
        partitions: PARTITIONS,
        topicConfiguration: { 'cleanup.policy': [kind === 'changes' ? 'delete' : 'compact'] },
      });
    }
  });

  test('leads from a topic to the schema of what is in it', () => {
    for (const { name } of topicEntities(model)) {
      const [message] = document.channels().get(`changes.${name}`)?.messages().all() ?? [];
      expect(message?.name()).toBe(`isthmus.${name}.changed.v1`);
      const payload = message?.payload()?.json() as Record<string, unknown>;
      expect(payload.$id).toBe(`urn:isthmus:event:${name}.changed.v1`);
      expect(message?.headers()?.json()).toMatchObject({ properties: { ce_type: { const: message?.name() } } });
    }
  });

  test('is of the version that the package has', () => {
    const { version } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
    expect(document.info().version()).toBe(version);
  });
});
