/**
 * What sandboxes are made of: an HTTP server that can be told to misbehave, a store with a commit journal, and the demo
 * enterprise that they serve. It promises real state, exact counters and the same enterprise for the same seed.
 * It refuses to serve anything but 127.0.0.1, and nothing outside sandboxes and tests may import it.
 */
export type { Commit, CommitJournal } from './commit-journal.ts';
export { demoEnterprise } from './demo/demo-enterprise.ts';
export type * from './demo/demo-types.ts';
export { salesforceId, withSalesforceSuffix } from './demo/salesforce-id.ts';
export {
  type SandboxHandler,
  SandboxRefusal,
  type SandboxReply,
  type SandboxRequest,
  type SandboxRequestParts,
  sandboxRequest,
} from './exchange.ts';
export { type Intermediary, standBetween } from './intermediary.ts';
export type { Misbehaviour, MisbehaviourHandle, MisbehaviourScript } from './misbehaviour.ts';
export { createRateLimit, type RateLimit, type RateLimitOptions, type RateLimitVerdict } from './rate-limit.ts';
export type { JournalledRequest, RequestJournal } from './request-journal.ts';
export { createSandboxRouter, type SandboxRouter, type SandboxRouterOptions } from './router.ts';
export { createSandboxClock, type SandboxClock, type SandboxClockOptions } from './sandbox-clock.ts';
export {
  runSandboxProcess,
  type SandboxProcess,
  type SandboxStarter,
  type SpawnSandboxOptions,
  spawnSandboxProcess,
} from './sandbox-process.ts';
export { type SandboxServer, type SandboxServerOptions, startSandboxServer } from './sandbox-server.ts';
export {
  type ChangeOperation,
  type CommitOptions,
  openSandboxStore,
  type SandboxColumn,
  type SandboxRows,
  type SandboxStore,
  type SandboxStoreOptions,
  type SandboxTable,
  type Selection,
  type SqlCondition,
  type SqlValue,
} from './sandbox-store.ts';
