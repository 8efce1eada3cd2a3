/** What is published is what is measured: the bundles, not the sources. */
import type * as Source from '../src/index.ts';
import type * as Log from '../src/log/index.ts';

const built = (name: string): string => new URL(`../dist/${name}.js`, import.meta.url).href;
export const { createClient, createFetch } = (await import(built('index'))) as typeof Source;
export const { log } = (await import(built('log'))) as typeof Log;
