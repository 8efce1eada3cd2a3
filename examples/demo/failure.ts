import { inspect } from 'node:util';
import { createClient } from '../../src/index.ts';
import { consoleLog } from '../../src/log/index.ts';
import type { Out } from './report.ts';
import { startApi } from './server.ts';

/**
 * One write that meets a reset and a 503, and one that is wrong: their records, as `consoleLog` writes them, and the error,
 * as it prints.
 */
export const showFailure = async (out: Out): Promise<void> => {
  const script = ['reset-after', 'unavailable-before'] as const;
  const api = await startApi({ faults: (ref, nth) => (ref === 'ref-shown' ? script[nth - 1] : undefined) });
  const line = (text: string) => void out.write(`${text}\n`);
  const docs = createClient({
    service: 'docs',
    baseUrl: `${api.origin}/docs/v1/`,
    headers: { authorization: 'Bearer demo' },
    retry: { backoff: () => 10 },
    use: [consoleLog({ console: { info: line, warn: line, error: line }, json: false })],
  });
  try {
    line('\nA write that recovers, as it is logged:\n');
    await docs.post('resources', { json: { name: 'ref-shown' } });
    line('\nOne that is wrong, as it is logged and as its error prints:\n');
    await docs.post('resources?token=secret', { json: {} });
  } catch (error) {
    line(inspect(error));
  } finally {
    await api.close();
  }
};
