import type { SandboxHandler, SandboxRequest } from './exchange.ts';

/**
 * Dispatch by method and path. A pattern is a path whose segments may be `:name` (one segment) and whose last may be
 * `*name` (the rest, slashes included), or a regular expression over the path with named groups.
 * Routes are tried in the order they were added; parameters arrive decoded.
 */
export interface SandboxRouter {
  /** `*` takes every method. */
  on(method: string | readonly string[], pattern: string | RegExp, handler: SandboxHandler): SandboxRouter;
  /** Pass this to `startSandboxServer`. */
  readonly handle: SandboxHandler;
}

export interface SandboxRouterOptions {
  /** Answers what no route takes; a plain 404 when absent. */
  readonly notFound?: SandboxHandler;
}

interface Route {
  readonly methods: readonly string[];
  readonly pattern: RegExp;
  readonly names: readonly string[] | undefined;
  readonly handler: SandboxHandler;
}

export function createSandboxRouter(options: SandboxRouterOptions = {}): SandboxRouter {
  const routes: Route[] = [];
  const notFound = options.notFound ?? (() => ({ status: 404, body: { error: 'not found' } }));
  const router: SandboxRouter = {
    on(method, pattern, handler) {
      const methods = typeof method === 'string' ? [method] : method;
      if (pattern instanceof RegExp) routes.push({ methods, pattern, names: undefined, handler });
      else routes.push({ methods, ...compilePath(pattern), handler });
      return router;
    },
    handle(request) {
      for (const route of routes) {
        if (!route.methods.includes(request.method) && route.methods[0] !== '*') continue;
        const match = route.pattern.exec(request.path);
        if (match === null) continue;
        setParams(request, decodeParams(route, match));
        return route.handler(request);
      }
      return notFound(request);
    },
  };
  return router;
}

function compilePath(path: string): { pattern: RegExp; names: readonly string[] } {
  const names: string[] = [];
  const source = path
    .split('/')
    .map((segment) => {
      if (segment.startsWith(':') || segment.startsWith('*')) names.push(segment.slice(1));
      if (segment.startsWith(':')) return '([^/]+)';
      if (segment.startsWith('*')) return '(.*)';
      return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return { pattern: new RegExp(`^${source}$`), names };
}

function decodeParams(route: Route, match: RegExpExecArray): Record<string, string> {
  const params: Record<string, string> = {};
  if (route.names !== undefined) {
    route.names.forEach((name, at) => {
      params[name] = decode(match[at + 1] ?? '');
    });
  } else {
    for (const [name, value] of Object.entries(match.groups ?? {})) {
      if (value !== undefined) params[name] = decode(value);
    }
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function setParams(request: SandboxRequest, params: Record<string, string>): void {
  (request as { params: Readonly<Record<string, string>> }).params = params;
}
