import type { Report } from './suite.ts';

let passed = 0;
let failed = 0;

/** Prints what failed on a runtime, and its count. */
export const print = (runtime: string, reports: readonly Report[]): void => {
  const wrong = reports.filter(report => !report.passed);
  for (const { name, got, expected } of wrong) {
    console.log(`✗ ${runtime}: ${name}\n    got      ${got}\n    expected ${expected}`);
  }
  console.log(`${runtime}: ${reports.length - wrong.length} passed, ${wrong.length} failed`);
  passed += reports.length - wrong.length;
  failed += wrong.length;
};

/** The last line, and the exit code. */
export const total = (): void => {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
};
