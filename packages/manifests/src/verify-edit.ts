import { keyText, type MapNode, type TreeNode } from './tree.ts';

/** What must differ between two readings of a document, and nothing else. */
export interface ExpectedEdit {
  /** New values, by the offset of the scalar in the first reading. */
  readonly values: ReadonlyMap<number, string>;
  /** Members that were added, by the offset of the map in the first reading. */
  readonly added: ReadonlyMap<number, ReadonlyMap<string, string>>;
}

/** Compares a document before and after an edit. The proof that the edit did what was meant, whatever it was made by. */
export function isExpectedEdit(
  before: TreeNode | undefined,
  after: TreeNode | undefined,
  expected: ExpectedEdit,
): boolean {
  if (before === undefined || after === undefined) return before === after;
  if (before.type !== after.type || before.anchor !== after.anchor || before.tag !== after.tag)
    return false;
  if (before.type === 'alias' || after.type === 'alias')
    return before.type === 'alias' && after.type === 'alias' && before.name === after.name;
  if (before.type === 'scalar' && after.type === 'scalar') {
    const value = expected.values.get(before.start);
    return value === undefined
      ? before.value === after.value && before.style === after.style
      : after.value === value && after.style !== 'block';
  }
  if (before.type === 'seq' && after.type === 'seq')
    return (
      before.items.length === after.items.length &&
      before.items.every((item, index) => isExpectedEdit(item, after.items[index], expected))
    );
  return before.type === 'map' && after.type === 'map' && isExpectedMap(before, after, expected);
}

function isExpectedMap(before: MapNode, after: MapNode, expected: ExpectedEdit): boolean {
  const added = expected.added.get(before.start);
  const kept =
    added === undefined
      ? after.pairs
      : after.pairs.filter((pair) => !added.has(keyText(pair) ?? ''));
  if (before.flow !== after.flow || kept.length !== before.pairs.length) return false;
  for (const [key, value] of added ?? []) {
    const pair = after.pairs.find((each) => keyText(each) === key);
    if (pair?.value?.type !== 'scalar' || pair.value.value !== value) return false;
  }
  return before.pairs.every((pair, index) => {
    const other = kept[index];
    return (
      other !== undefined &&
      isExpectedEdit(pair.key, other.key, expected) &&
      isExpectedEdit(pair.value, other.value, expected)
    );
  });
}
