/** The first snapshot, shown: a bar on a terminal, plain lines elsewhere. */
import type { WriteStream } from 'node:tty';
import { SingleBar } from 'cli-progress';
import type { HubProgress } from '#app';

export interface ProgressDisplay {
  readonly update: (progress: HubProgress) => void;
  readonly done: () => void;
}

/** Plain lines come no more often than this, in ms. */
const LINE_EVERY = 1000;

export function showProgress(out: WriteStream): ProgressDisplay {
  return out.isTTY ? progressBar(out) : progressLines(out);
}

function progressBar(stream: WriteStream): ProgressDisplay {
  const format = 'First snapshot {bar} {value}/{total} streams · {records} records';
  const bar = new SingleBar({
    format,
    barsize: 30,
    hideCursor: true,
    clearOnComplete: false,
    stream,
    noTTYOutput: false,
  });
  let shown = false;
  return {
    update: ({ streamsDone, streams, records }) => {
      if (streamsDone === streams && !shown) return;
      if (!shown) bar.start(streams, streamsDone, { records });
      shown = true;
      bar.update(streamsDone, { records });
    },
    done: () => {
      if (shown) bar.stop();
      shown = false;
    },
  };
}

function progressLines(out: WriteStream): ProgressDisplay {
  let nextAt = 0;
  let last = '';
  return {
    update: ({ streamsDone, streams, records, complete }) => {
      const line = `First snapshot: ${streamsDone} of ${streams} streams, ${records} records`;
      if (line === last || (Date.now() < nextAt && !complete)) return;
      last = line;
      nextAt = Date.now() + LINE_EVERY;
      out.write(`${line}\n`);
    },
    done: () => {},
  };
}
