import type { SandboxHandler, SandboxReply, SandboxRequest } from './exchange.ts';

/**
 * Dispatch by method and path. A pattern is a path whose segments may be `:name` (one segment) and whose last may be
 * `*name` (the rest, slashes included), or a regular expression over the path with named groups.
 * Routes are tried in the order they were added; parameters arrive decoded.
 */
export interface SandboxRouter {
  on(method: string | readonly string[], pattern: string | RegExp, handler: SandboxHandler): SandboxRouter;
  /** Pass this to `startSandboxServer`. */
  readonly handle: SandboxHandler;
}
export interface SandboxRouterOptions {
  /** Answers what no route takes; a plain 404 when absent. */
  readonly notFound?: SandboxHandler;
}

export function createSandboxRouter(_options: SandboxRouterOptions = {}): SandboxRouter {
  throw new Error('not built yet');
}
