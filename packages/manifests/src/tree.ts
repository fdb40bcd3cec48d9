/** The nodes of a document with their places in the text: only what an edit needs, whoever has read it. */
export type TreeNode = ScalarNode | MapNode | SeqNode | AliasNode;

interface NodeBase {
  /** Offset of the first character of the value, after an anchor and a tag. */
  readonly start: number;
  /** Offset behind the last character. */
  readonly end: number;
  readonly anchor?: string | undefined;
  readonly tag?: string | undefined;
}

export type ScalarStyle = 'plain' | 'single' | 'double' | 'block';

export interface ScalarNode extends NodeBase {
  readonly type: 'scalar';
  readonly style: ScalarStyle;
  /** The text that is meant: unquoted, unescaped, folded. Never a number: `1.10` stays `1.10`. */
  readonly value: string;
  /** True when `value` is the source of a block scalar as it stands, which `blockText` turns into the text that is meant. */
  readonly raw?: true | undefined;
}

export interface TreePair {
  readonly key: TreeNode;
  readonly value: TreeNode | undefined;
}

export interface MapNode extends NodeBase {
  readonly type: 'map';
  readonly flow: boolean;
  readonly pairs: readonly TreePair[];
  /** What merge keys bring in and the map does not have itself; `undefined` without a merge key. */
  readonly merged?: readonly TreePair[] | undefined;
}

export interface SeqNode extends NodeBase {
  readonly type: 'seq';
  readonly flow: boolean;
  readonly items: readonly TreeNode[];
}

export interface AliasNode extends NodeBase {
  readonly type: 'alias';
  readonly name: string;
  /** What the anchor of this name stood on last, before the alias. */
  readonly target: ScalarNode | MapNode | SeqNode;
}

/** Follows an alias. */
export function resolved(node: TreeNode): ScalarNode | MapNode | SeqNode {
  return node.type === 'alias' ? node.target : node;
}

/** Text of a key, for keys that are scalars. */
export function keyText(pair: TreePair): string | undefined {
  const key = resolved(pair.key);
  return key.type === 'scalar' ? key.value : undefined;
}

export function isMergeKey(pair: TreePair): boolean {
  return pair.key.type === 'scalar' && pair.key.style === 'plain' && pair.key.value === '<<';
}
