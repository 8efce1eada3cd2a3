import { argv, stdout } from 'node:process';
import type { Target } from './behaviour.ts';
import { runSuite } from './suite.ts';

// Runtimes that run a script: the target is its argument, the reports go out as one line.
const reports = await runSuite(JSON.parse(argv[2] ?? '') as Target);
stdout.write(`\n${JSON.stringify(reports)}\n`);
