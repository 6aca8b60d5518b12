import { expect, test } from '@jest/globals';
import { cmis } from 'isthmus/connectors/cmis';
import { salesforce } from 'isthmus/connectors/salesforce';
import { conformanceCases } from '#sdk/testing/conformance';
import { tally } from '../../../examples/connector/tally/index.ts';
import { cmisSandboxSubject } from '../subjects/cmis.ts';
import { salesforceSubject } from '../subjects/salesforce.ts';
import { cmisDefects } from './cmis.ts';
import { type Broken, describeBroken } from './describe-broken.ts';
import { salesforceDefects } from './salesforce.ts';
import { tallyDefects, tallySystem } from './tally.ts';
import { tokenDefects, tokenManifest, tokenSystem } from './token.ts';

const broken: readonly Broken[] = [
  { title: 'Tally', manifest: tally.manifest, start: tallySystem, defects: tallyDefects },
  { title: 'Tally by token', manifest: tokenManifest, start: tokenSystem, defects: tokenDefects },
  { title: 'Salesforce', manifest: salesforce.manifest, start: salesforceSubject, defects: salesforceDefects },
  { title: 'CMIS', manifest: cmis.manifest, start: cmisSandboxSubject, defects: cmisDefects },
];

for (const each of broken) describeBroken(each);

test('every promise of the kit is broken by one of them, and that is found', () => {
  const promiseOf = (name: string) => name.replace(/^\w+: /, '');
  const found = broken.flatMap(({ defects }) => defects.flatMap(({ caught }) => Object.keys(caught).map(promiseOf)));
  const made = broken.flatMap(({ manifest }) => conformanceCases(manifest).map(({ name }) => promiseOf(name)));
  expect([...new Set(found)].sort()).toEqual([...new Set(made)].sort());
});
