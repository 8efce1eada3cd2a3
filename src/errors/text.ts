/** Escape sequences of terminals (ECMA-48): CSI, OSC up to its end, and the two-character ones. */
const ESCAPES = /\u001B(?:\[[0-?]*[ -/]*[@-~]?|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[ -~])|\u009B[0-?]*[ -/]*[@-~]?/g;

/** Control characters, line and paragraph separators, and marks that turn or hide text. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text of a server as it may stand in a message, a terminal or a log: one line, no escape codes, cut. */
export const clean = (text: string, max = 300): string => {
  const line = text
    .slice(0, max * 4)
    .replace(ESCAPES, '')
    .replace(CONTROLS, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  // A cut never leaves half of a surrogate pair.
  return (line.length > max ? `${line.slice(0, max - 1)}…` : line).toWellFormed();
};

/** `850 ms`, `4.1 s`. */
export const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
