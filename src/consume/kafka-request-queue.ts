import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const { scheduleCheckPendingRequests: look } = RequestQueue.prototype;

/**
 * Lets kafkajs look after a line's queue only while something waits in it or the broker asked for a pause. By itself
 * 2.2.4 looks every millisecond for as long as the line stands, by timers of a negative time, of which Node warns.
 * github.com/tulios/kafkajs/issues/1751
 */
export function calmRequestQueues(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function lookWhereSomethingWaits() {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) look.call(this);
  };
}
