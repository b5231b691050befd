/**
 * Writes down what is done to an object: every call of a method, with its arguments, before it is made. So a report can
 * say what was called, and nobody has to write it a second time.
 */
import { show } from './show.js';

/** Is told of a call before it is made. @returns what is to be called when it has come back */
export type Note = (call: string) => () => void;

/** The object, with every call of its methods noted as `name.method(arguments)`. Reading a getter is noted as well. */
export function recorded<T extends object>(name: string, target: T, note: Note): T {
  return new Proxy(target, {
    // The object itself is `this`, and not the proxy: private fields (#x) know only the object.
    get: (object, key) => {
      const label = `${name}.${String(key)}`;
      const own = Object.getOwnPropertyDescriptor(object, key);
      if (typeof key === 'symbol' || (own !== undefined && typeof own.value !== 'function'))
        return Reflect.get(object, key);
      const value: unknown = isGetter(object, key)
        ? noted(note, label, () => Reflect.get(object, key, object))
        : Reflect.get(object, key, object);
      return typeof value === 'function' ? recordedFunction(label, value.bind(object) as AnyFunction, note) : value;
    },
  });
}

/** The function, with every call noted as `name(arguments)`. */
export function recordedFunction<F extends AnyFunction>(name: string, fn: F, note: Note): F {
  return ((...args: Parameters<F>): unknown => noted(note, `${name}(${showArguments(args)})`, () => fn(...args))) as F;
}

function noted<T>(note: Note, call: string, run: () => T): T {
  const cameBack = note(call);
  try {
    return run();
  } finally {
    cameBack();
  }
}

export const showArguments = (args: readonly unknown[]): string => args.map(showArgument).join(', ');

type AnyFunction = (...args: never[]) => unknown;

const showArgument = (value: unknown): string => (typeof value === 'function' ? value.name || '() => …' : show(value));

function isGetter(object: object, key: string): boolean {
  for (let owner: object | null = object; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const property = Object.getOwnPropertyDescriptor(owner, key);
    if (property) return property.get !== undefined;
  }
  return false;
}
