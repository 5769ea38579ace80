// Events inside the client: `on(name, listener)` returns the function that takes the listener away.

export class Emitter {
  #listeners = new Map();

  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(name, listeners);
    return () => listeners.delete(listener);
  }

  emit(name, ...values) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(...values);
      } catch (error) {
        // One faulty listener must not keep an event from the others.
        console.error(`listener of ${name}`, error);
      }
    }
  }

  /** Takes all listeners away: nothing of a discarded object is heard any more. */
  silence() {
    this.#listeners.clear();
  }
}
