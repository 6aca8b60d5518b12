import { crc32, deflateSync } from 'node:zlib';
import type { DemoDocument } from './demo-types.ts';
import type { Dice } from './dice.ts';

/** A small file that opens, of exactly the size asked for: padding hides where each format allows it. */
export function documentBytes(
  mimeType: DemoDocument['mimeType'],
  lines: readonly string[],
  dice: Dice,
  size: number,
): Buffer {
  switch (mimeType) {
    case 'application/pdf':
      return pdf(lines, size);
    case 'image/png':
      return png(dice, size);
    case 'text/plain':
      return text(lines, size);
  }
}

/** PDF 1.4, one page of Helvetica; the padding is a comment before the cross-reference table. */
function pdf(lines: readonly string[], size: number): Buffer {
  const shown = lines.map((line) => `(${pdfText(line)}) Tj T*`).join('\n');
  const content = `BT /F1 11 Tf 14 TL 56 780 Td\n${shown}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let body = '%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n';
  const offsets = objects.map((object, at) => {
    const offset = body.length;
    body += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const tail = (start: number) =>
    `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}` +
    `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${String(start).padStart(10, '0')}\n%%EOF\n`;
  body += padding(size - body.length - tail(0).length, '%', '.');
  return Buffer.from(body + tail(body.length), 'latin1');
}

/** Latin letters as they are, all others as `?`; the three signs that PDF strings escape. */
function pdfText(line: string): string {
  return line.replace(/[^\x20-\x7e\xa0-\xff]/g, '?').replace(/[\\()]/g, '\\$&');
}

/** UTF-8; padded with ruled lines. */
function text(lines: readonly string[], size: number): Buffer {
  const start = Buffer.from(`${lines.join('\n')}\n\n`, 'utf8');
  return Buffer.concat([start, Buffer.from(padding(size - start.length, '', '-'))]);
}

const PNG_SIDE = 32;

/** 32 by 32 true-colour pixels, stored uncompressed so that every version of zlib writes the same; padded by a comment. */
function png(dice: Dice, size: number): Buffer {
  const [red, green, blue] = [dice.below(256), dice.below(256), dice.below(256)];
  const header = Buffer.from([0, 0, 0, PNG_SIDE, 0, 0, 0, PNG_SIDE, 8, 2, 0, 0, 0]);
  const pixels = Buffer.alloc(PNG_SIDE * (1 + 3 * PNG_SIDE));
  for (let y = 0; y < PNG_SIDE; y++) {
    for (let x = 0; x < PNG_SIDE; x++) {
      pixels.set([(red + 5 * x) & 255, (green + 5 * y) & 255, blue], y * (1 + 3 * PNG_SIDE) + 1 + 3 * x);
    }
  }
  const before = [Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), pngChunk('IHDR', header)];
  const after = [pngChunk('IDAT', deflateSync(pixels, { level: 0 })), pngChunk('IEND', Buffer.alloc(0))];
  const used = [...before, ...after].reduce((sum, part) => sum + part.length, 0);
  const key = 'Comment\0';
  const comment = Buffer.from(key + '.'.repeat(size - used - 12 - key.length), 'latin1');
  return Buffer.concat([...before, pngChunk('tEXt', comment), ...after]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

/** Whole lines of 80 characters and a shorter last one, together exactly `length`. */
function padding(length: number, start: string, filler: string): string {
  if (length < 0) throw new RangeError(`the content is ${-length} bytes longer than its announced size`);
  const line = `${start}${filler.repeat(79 - start.length)}\n`;
  const rest = length % 80;
  const last = rest === 0 ? '' : `${start.padEnd(Math.max(rest - 1, 0), filler).slice(0, rest - 1)}\n`;
  return line.repeat(Math.floor(length / 80)) + last;
}
