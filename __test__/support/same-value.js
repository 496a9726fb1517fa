import assert from 'node:assert/strict';

/** Stricter than deepStrictEqual: keys have the same order, and all properties are plain. */
function same(left, right) {
  if (typeof left !== 'object' || left === null) return;
  assert.deepEqual(Reflect.ownKeys(left), Reflect.ownKeys(right));
  for (const key of Reflect.ownKeys(left)) {
    const { value, ...rest } = Object.getOwnPropertyDescriptor(left, key);
    assert.deepEqual(rest, {
      writable: true,
      enumerable: key !== 'length' || !Array.isArray(left),
      configurable: key !== 'length' || !Array.isArray(left),
    });
    same(value, right[key]);
  }
}

export { same };
