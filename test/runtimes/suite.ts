import { type Behaviour, stage, type Target } from './behaviour.ts';
import { behaviours } from './behaviours/index.ts';
import { type Difference, differences } from './differences.ts';

/** What became of one behaviour on one runtime. */
export interface Report {
  readonly name: string;
  readonly passed: boolean;
  readonly got: string;
  readonly expected: string;
}

const LIMIT_MS = 20_000;

/** Members in one order, so that equal values are equal texts. */
const show = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  ) ?? 'undefined';

const differs = (behaviour: Behaviour, runtime: string): Difference | undefined =>
  differences.find(each => each.behaviour === behaviour.name && each.runtimes.some(name => runtime.startsWith(name)));

const observe = async (behaviour: Behaviour, target: Target): Promise<unknown> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`nothing within ${LIMIT_MS} ms`), LIMIT_MS);
  });
  try {
    return await Promise.race([behaviour.run(stage(target)), late]);
  } catch (error) {
    return `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  } finally {
    clearTimeout(timer);
  }
};

const report = async (behaviour: Behaviour, target: Target): Promise<Report> => {
  const got = show(await observe(behaviour, target));
  const expected = show((differs(behaviour, target.runtime) ?? behaviour).expect);
  return { name: behaviour.name, passed: got === expected, got, expected };
};

/** A table that names no behaviour, or repeats what is expected everywhere, has rotted. */
const checkTable = (): Report => {
  const rotten = differences.filter(({ behaviour, expect }) => {
    const known = behaviours.find(({ name }) => name === behaviour);
    return !known || show(known.expect) === show(expect);
  });
  const names = show(rotten.map(({ behaviour }) => behaviour));
  return { name: 'the table of differences is sound', passed: rotten.length === 0, got: names, expected: '[]' };
};

/** Runs every behaviour, one after the other. */
export const runSuite = async (target: Target, told?: (report: Report) => void): Promise<Report[]> => {
  const unhandled: string[] = [];
  let playing = '';
  const note = (reason: unknown): void => void unhandled.push(`${playing}: ${reason}`);
  const { process } = globalThis as { process?: { on?(event: string, run: (reason: unknown) => void): void } };
  if (process?.on) process.on('unhandledRejection', note);
  else globalThis.addEventListener?.('unhandledrejection', event => note((event as PromiseRejectionEvent).reason));

  const reports = [checkTable()];
  for (const behaviour of behaviours) {
    playing = behaviour.name;
    const one = await report(behaviour, target);
    told?.(one);
    reports.push(one);
  }
  // Runtimes tell of the last ones in a later turn.
  await new Promise(resolve => setTimeout(resolve, 100));
  reports.push({
    name: 'no rejection is left unhandled',
    passed: unhandled.length === 0,
    got: show(unhandled),
    expected: '[]',
  });
  return reports;
};
