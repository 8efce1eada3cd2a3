import type { Target } from './behaviour.ts';
import { runSuite } from './suite.ts';

/** Runtimes that serve requests: the target comes in one, the reports go out as its answer. */
export default {
  fetch: async (request: Request): Promise<Response> => Response.json(await runSuite((await request.json()) as Target)),
};
