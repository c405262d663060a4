/** Its constructor returns the object that it gets, so that a class that extends it adds its private field to that object. */
class Receiver {
  constructor(key: object) {
    // biome-ignore lint/correctness/noConstructorReturn: see above.
    return key
  }
}

/** What is remembered of the request objects of frameworks. Like a WeakMap, but nothing is ever removed. */
export interface RequestNotes<Value> {
  get(key: object): Value | undefined
  set(key: object, value: Value): void
}

/**
 * Makes notes of request objects. Each value is a private field of the object itself. So nobody else can read, copy or log it,
 * and a proxy of the object, or an object that inherits from it, does not have it. A WeakMap can do the same. But a new object in
 * one costs about a microsecond, and each collection of garbage reads all of it.
 */
export function createRequestNotes<Value>(): RequestNotes<Value> {
  return class Note extends Receiver {
    #value: Value

    constructor(key: object, value: Value) {
      super(key)
      this.#value = value
    }

    static get(key: object): Value | undefined {
      return #value in key ? key.#value : undefined
    }

    static set(key: object, value: Value): void {
      if (#value in key) key.#value = value
      else new Note(key, value)
    }
  }
}
