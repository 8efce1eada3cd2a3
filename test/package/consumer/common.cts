/** `require()` of an ES module, as TypeScript's `nodenext` knows it. */
import holdfast = require('holdfast');

import { consoleLog } from 'holdfast/log';

export const custom: typeof globalThis.fetch = holdfast.createFetch({ use: [consoleLog()] });
