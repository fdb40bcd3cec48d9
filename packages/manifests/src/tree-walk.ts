import { limitExceeded, type ManifestLimits } from './limits.ts';
import type { NodePath } from './node-path.ts';
import {
  isMergeKey,
  keyText,
  type MapNode,
  resolved,
  type ScalarNode,
  type TreeNode,
  type TreePair,
} from './tree.ts';

/** Counts the nodes that are reached through aliases, so that a small text cannot unfold into a huge tree. */
export class AliasBudget {
  #left: number;
  readonly #limit: number;

  constructor(limits: ManifestLimits) {
    this.#limit = limits.maxAliasNodes;
    this.#left = limits.maxAliasNodes;
  }

  spend(): void {
    this.#left -= 1;
    if (this.#left < 0) throw limitExceeded('The number of nodes behind YAML aliases', this.#limit);
  }
}

/**
 * Collects what merge keys (YAML 1.1, `<<`) bring into a map: of several sources the first wins, and what the map has itself
 * stays. Each member counts as one behind an alias, since a few lines can merge each other into very many.
 *
 * @returns `undefined` without a merge key; `'malformed'` when one has something else than a map or a list of maps.
 */
export function mergedPairs(
  pairs: readonly TreePair[],
  budget: AliasBudget,
): readonly TreePair[] | 'malformed' | undefined {
  const merges = pairs.filter(isMergeKey);
  if (merges.length === 0) return undefined;
  const known = new Set(pairs.filter((pair) => !isMergeKey(pair)).map(keyText));
  const merged: TreePair[] = [];
  for (const { value } of merges) {
    const target = value && resolved(value);
    for (const node of target?.type === 'seq' ? target.items.map(resolved) : [target]) {
      if (node?.type !== 'map') return 'malformed';
      for (const pair of effectivePairs(node)) {
        budget.spend();
        const key = keyText(pair);
        if (known.has(key)) continue;
        known.add(key);
        merged.push(pair);
      }
    }
  }
  return merged;
}

/** The members of a map as a reader with merge keys sees them: its own, then those that `merged` has. */
export function effectivePairs(map: MapNode): readonly TreePair[] {
  if (map.merged === undefined) return map.pairs;
  return [...map.pairs.filter((pair) => !isMergeKey(pair)), ...map.merged];
}

/** Finds a member as {@link effectivePairs} has it, with the alias followed. */
export function scalarMember(map: MapNode, name: string): ScalarNode | undefined {
  const node = nodeMember(map, name);
  return node?.type === 'scalar' ? node : undefined;
}

export function nodeMember(
  map: MapNode,
  name: string,
): Exclude<TreeNode, { type: 'alias' }> | undefined {
  const pair = effectivePairs(map).find((each) => keyText(each) === name);
  return pair?.value === undefined ? undefined : resolved(pair.value);
}

/** The ways by which each scalar is reached, by the offset of the scalar. */
export type ScalarUses = Map<number, (NodePath | undefined)[]>;
