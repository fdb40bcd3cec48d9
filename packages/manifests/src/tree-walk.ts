import { limitExceeded, type ManifestLimits } from './limits.ts';
import type { NodePath } from './node-path.ts';
import {
  isMergeKey,
  keyText,
  type MapNode,
  mergeSources,
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
 * The members of a map as a reader with merge keys sees them: its own, then those that `<<` brings in and that it does not
 * have itself.
 */
export function effectivePairs(map: MapNode): readonly TreePair[] {
  if (!map.pairs.some(isMergeKey)) return map.pairs;
  const pairs = map.pairs.filter((pair) => !isMergeKey(pair));
  const known = new Set(pairs.map(keyText));
  for (const source of mergeSources(map)) {
    for (const pair of effectivePairs(source)) {
      const key = keyText(pair);
      if (known.has(key)) continue;
      known.add(key);
      pairs.push(pair);
    }
  }
  return pairs;
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
