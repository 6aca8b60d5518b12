#!/usr/bin/env node
// Kept in syntax that old versions of Node can read, so that they can say what is wrong.
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
const { main } = await import('./main.ts');
await main(process.argv);
