import { resolvePlain } from './plain-scalar.ts';
import { blockText } from './read-block-scalar.ts';
import { keyText, type MapNode, resolved, type ScalarNode, type TreeNode } from './tree.ts';
import { type AliasBudget, effectivePairs } from './tree-walk.ts';

const core = 'tag:yaml.org,2002:';
const resolvedTags = new Set(['bool', 'int', 'float', 'null'].map((name) => `${core}${name}`));

/** Says why YAML that can be read cannot become an object. */
export class ValueProblem extends Error {
  readonly code: 'invalid-key' | 'duplicate-key';
  readonly offset: number;

  constructor(code: ValueProblem['code'], offset: number, message: string) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

/**
 * Turns a node into plain data as kubectl reads it: YAML 1.1 scalars, merge keys, keys as text (`on:` is `"true"`). Aliases
 * are copied, so that no two places share an object.
 *
 * @throws {@link ValueProblem} for a key that is no text, or that is there twice.
 */
export function nodeValue(
  node: TreeNode | undefined,
  budget: AliasBudget,
  aliased = false,
): unknown {
  if (node === undefined) return null;
  if (node.type === 'alias') return nodeValue(node.target, budget, true);
  if (aliased) budget.spend();
  if (node.type === 'scalar') return scalarValue(node);
  if (node.type === 'seq') return node.items.map((item) => nodeValue(item, budget, aliased));
  const object: Record<string, unknown> = {};
  const pairs = effectivePairs(node);
  const ownCount = pairs.length - (node.merged?.length ?? 0);
  for (const [index, pair] of pairs.entries()) {
    const merged = index >= ownCount;
    const key = objectKey(pair.key);
    // "on" and "true" are one key to kubectl, and two to the text.
    if (Object.hasOwn(object, key)) {
      if (merged) continue;
      const said = `the key ${JSON.stringify(key)} is there twice in one map, written in two ways; expected each key once`;
      throw new ValueProblem('duplicate-key', resolved(pair.key).start, said);
    }
    const value = nodeValue(pair.value, budget, aliased || merged);
    // Assigning to "__proto__" would set the prototype; defining it makes it a member like any other.
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

/** Text of a key as kubectl makes it: `on` and `yes` become `true`, `010` becomes `8`. */
function objectKey(node: TreeNode): string {
  const key = resolved(node);
  const value = key.type === 'scalar' ? scalarValue(key) : null;
  if (value !== null) return String(value);
  const kinds = { scalar: 'empty', seq: 'a list', map: 'a map, as with "{{" of a template' };
  const said = `a key is ${kinds[key.type]}; expected text`;
  throw new ValueProblem('invalid-key', key.start, said);
}

/** Reads a scalar as kubectl does. */
export function scalarValue(node: ScalarNode): string | number | bigint | boolean | null {
  const { tag } = node;
  const value = node.raw === true ? blockText(node.value) : node.value;
  if (tag === undefined) return node.style === 'plain' ? resolvePlain(value) : value;
  if (resolvedTags.has(tag)) return resolvePlain(value);
  if (tag === `${core}binary`) return Buffer.from(value, 'base64').toString('utf8');
  return value;
}

/** Finds the node at a path of keys and indexes. */
export function nodeAt(root: TreeNode, path: readonly (string | number)[]): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const step of path) {
    const here: TreeNode | undefined = node && resolved(node);
    if (here?.type === 'seq' && typeof step === 'number') node = here.items[step];
    else if (here?.type === 'map') node = pairOf(here, String(step))?.value;
    else return undefined;
  }
  return node;
}

function pairOf(map: MapNode, key: string): { value: TreeNode | undefined } | undefined {
  return effectivePairs(map).find((pair) => keyText(pair) === key || objectKey(pair.key) === key);
}
