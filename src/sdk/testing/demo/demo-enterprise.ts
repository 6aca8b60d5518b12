import type { DemoEnterprise, DemoEnterpriseOptions } from './demo-types.ts';

export function demoEnterprise(_options: DemoEnterpriseOptions = {}): DemoEnterprise {
  throw new Error('not built yet');
}
