/** Ends a run with one plain line that any tool can read: how many tests passed and failed. */
export default class ClosingLine {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
    console.log(`Tests: ${numPassedTests} passed, ${failed} failed${skipped}`);
  }
}
