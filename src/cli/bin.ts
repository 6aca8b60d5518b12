#!/usr/bin/env node
// Kept in syntax that old versions of Node can read, so that they can say what is wrong.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED) {
  console.error(
    `Isthmus needs Node ${NEEDED} or newer, and this is Node ${process.versions.node}; start it with "npm start", which brings its own.`,
  );
  process.exit(1);
}
// graphql-js checks this once, when it is loaded.
process.env.NODE_ENV ??= 'production';
// The second start does not compile anew. Where the folder cannot be written, every start is a first one. It is code
// that will run, so it lies with the package, not in a folder for all; the engine's thread finds it by the variable.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('.cache', import.meta.url));
module.enableCompileCache();
const { main } = await import('./main.ts');
await main(process.argv);
