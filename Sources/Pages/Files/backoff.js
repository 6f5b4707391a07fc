/** Delays between attempts to connect: each is twice the one before, up to a limit. */
export class BackOff {
  /** How often it failed since it last worked. */
  failures = 0;
  #options;

  constructor(options = {}) {
    this.#options = { first: 500, limit: 15_000, random: Math.random, ...options };
  }

  /** Milliseconds to wait after one more failure; up to a quarter less, so that not all come back at once. */
  next() {
    const { first, limit, random } = this.#options;
    const delay = Math.min(first * 2 ** this.failures, limit);
    this.failures += 1;
    return Math.round(delay * (1 - random() / 4));
  }

  reset() {
    this.failures = 0;
  }
}
