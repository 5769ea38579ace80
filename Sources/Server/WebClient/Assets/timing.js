// Waiting: reconnection back-off, sleeps that can be cut short, promises with a time limit.

const RESUME_DELAYS_MILLISECONDS = [0, 300, 1200, 2700, 4800];
const LONGEST_DELAY_MILLISECONDS = 7000;
const JITTER_MILLISECONDS = 1000;

/** Attempts before a lost connection is given up: about three and a half minutes. */
export const MAXIMUM_ATTEMPTS = 30;

/**
 * How long to wait before reconnection attempt `attempt` (from 0), in milliseconds. From the third attempt on a random
 * part is added, so that the people of a room do not come back in one instant.
 */
export function backoffMilliseconds(attempt, random = Math.random) {
  const base = RESUME_DELAYS_MILLISECONDS[attempt] ?? LONGEST_DELAY_MILLISECONDS;
  return attempt < 2 ? base : base + Math.floor(random() * JITTER_MILLISECONDS);
}

/** Waits `milliseconds`, or less when `signal` (an AbortSignal) fires. */
export function sleep(milliseconds, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

/** A time limit that was passed. */
export class TimeoutError extends Error {}

/** `promise`, or a TimeoutError after `milliseconds`. */
export function withTimeout(promise, milliseconds, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`${what}: no answer within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
