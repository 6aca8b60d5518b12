import { type Abilities, type Defect, inStream } from './spoiled.ts';

const folder = (other: (sound: Abilities) => Partial<Abilities>) => inStream('folder', other);
const document = (other: (sound: Abilities) => Partial<Abilities>) => inStream('document', other);
const filing = (other: (sound: Abilities) => Partial<Abilities>) => inStream('filing', other);

const cut = () => {
  let held: Uint8Array | undefined;
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, control) {
      if (held !== undefined) control.enqueue(held);
      held = chunk;
    },
    flush: (control) => control.enqueue(held!.subarray(0, -1)),
  });
};

/** Of a connector with small pages, with contents, and with a stream whose keys it confirms. */
export const cmisDefects: readonly Defect[] = [
  {
    does: 'reads one page a pass',
    spoil: folder(({ changes }) => ({
      changes: async (request, http) => ({ records: (await changes(request, http)).records }),
    })),
    caught: { 'folder: pass after pass gets beyond more records of one stamp than a page has': /no pass gets beyond/ },
  },
  {
    does: 'confirms whatever it is asked',
    spoil: filing(() => ({ confirm: async ({ keys }) => keys })),
    caught: { 'filing: confirm tells what still exists': /deep-equal/ },
  },
  {
    does: 'confirms nothing where one key is gone',
    spoil: filing(({ confirm }) => ({
      async confirm(request, http) {
        const found = await confirm(request, http);
        return found.length < request.keys.length ? [] : found;
      },
    })),
    caught: { 'filing: confirm tells what still exists': /deep-equal/ },
  },
  {
    does: 'loses the last byte of a content',
    spoil: document(({ content }) => ({
      async content(request, http) {
        const whole = await content(request, http);
        return { ...whole, stream: whole.stream.pipeThrough(cut()) };
      },
    })),
    caught: {
      'document: content delivers the very bytes': /the bytes are others/,
      'document: content delivers a part': /the bytes 0 to 0 are others/,
    },
  },
  {
    does: 'tells a wrong length of a content',
    spoil: document(({ content }) => ({
      content: async (request, http) => ({ ...(await content(request, http)), length: 1 }),
    })),
    caught: { 'document: content delivers the very bytes': /a length of 1 is told/ },
  },
  {
    does: 'delivers all where a part is asked for',
    spoil: document(({ content }) => ({ content: ({ key }, http) => content({ key }, http) })),
    caught: { 'document: content delivers a part': /the bytes 0 to 0 are others/ },
  },
  {
    does: 'leaves the end of a part out',
    spoil: document(({ content }) => ({
      content: ({ key, range }, http) =>
        content({ key, ...(range && { range: { ...range, ...(range.end && { end: range.end - 1 }) } }) }, http),
    })),
    caught: { 'document: content delivers a part': /the bytes 255 to 1300 are others/ },
  },
  {
    does: 'has an empty content for what is gone',
    spoil: document(({ content }) => ({
      content: (request, http) =>
        content(request, http).catch(() => ({ stream: new Blob([]).stream(), mimeType: 'text/plain' })),
    })),
    caught: { 'document: content that is gone is not found': /Missing expected rejection/ },
  },
];
