import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    log: 'src/log/index.ts',
    opentelemetry: 'src/extensions/opentelemetry/index.ts',
    'rate-limit': 'src/extensions/rate-limit.ts',
    'circuit-breaker': 'src/extensions/circuit-breaker.ts',
    diagnostics: 'src/extensions/diagnostics.ts',
    testing: 'src/extensions/testing.ts',
  },
  // Each subpath stands alone.
  splitting: false,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  dts: true,
  sourcemap: true,
  clean: true,
  treeshake: true,
});
