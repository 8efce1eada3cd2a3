/** Imports in a fresh process: first what isn't timed, then the rest, which together took so many milliseconds. */
export {};

const [before, timed] = JSON.parse(process.argv[2] ?? '') as [string[], string[]];
for (const name of before) await import(name);
const start = performance.now();
for (const name of timed) await import(name);
process.send?.(performance.now() - start);
process.exit();
