/**
 * HTTP: the graph by Apollo Server, the explorer, document bytes by signed links, health. Promises to be closed by
 * default: loopback only, no CORS headers, foreign Host and Origin refused. Refuses to know what it serves.
 */
export type { ByteRange, ReadContent } from './content.ts';
export { type ContentLinks, type ContentTarget, createContentLinks } from './content-links.ts';
export type { PreparedQuery } from './explorer.ts';
export type { Hooks } from './hooks.ts';
export { type HttpServer, type HttpServerOptions, startHttpServer } from './http-server.ts';
export { requireLoopback } from './loopback.ts';
