/** Delays between attempts to connect: each is twice the one before, up to a limit. */
export class BackOff {
  #first;
  #limit;
  #random;
  #failures = 0;

  constructor({ first = 500, limit = 15_000, random = Math.random } = {}) {
    this.#first = first;
    this.#limit = limit;
    this.#random = random;
  }

  /** How often it failed since it last worked. */
  get failures() {
    return this.#failures;
  }

  /** Milliseconds to wait after one more failure; up to a quarter less, so that not all come back at once. */
  next() {
    const delay = Math.min(this.#first * 2 ** this.#failures, this.#limit);
    this.#failures += 1;
    return Math.round(delay * (1 - this.#random() / 4));
  }

  reset() {
    this.#failures = 0;
  }
}
