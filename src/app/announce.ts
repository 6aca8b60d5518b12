/** Tells the operator, on the hub's error output, what capture waits for: each trouble once, not at every try. */
import type { EventEmitter } from 'node:events';
import type { CaptureEvents } from '#capture';

export function announceTrouble(events: EventEmitter<CaptureEvents>, say: (line: string) => void): void {
  const told = new Map<string, string>();
  events.on('failed', ({ connection, stream, failure }) => {
    const name = `${connection}.${stream}`;
    if (told.get(name) === failure.code) return;
    told.set(name, failure.code);
    say(`${name}: ${failure.code}: ${failure.message}`);
  });
  events.on('progress', ({ connection, stream }) => {
    if (told.delete(`${connection}.${stream}`)) say(`${connection}.${stream}: goes on`);
  });
  events.on('held', ({ connection, stream, missing, held }) => {
    say(
      `${connection}.${stream}: ${missing} of ${held} records are gone at the system, more than one sweep may delete. ` +
        `If that is right: mutation { hubApproveDeletions(connection: "${connection}", stream: "${stream}") }`,
    );
  });
}
