import { isSafePlain } from './plain-scalar.ts';
import type { ScalarNode } from './tree.ts';

/** Says why a scalar cannot be replaced in place. */
export function replaceProblem(node: ScalarNode): string | undefined {
  if (node.style === 'block') return 'it is a block scalar';
  if (node.tag !== undefined && node.tag !== 'tag:yaml.org,2002:str')
    return `it has the tag ${node.tag}`;
  return undefined;
}

/**
 * Writes a value in the style of the scalar that it replaces. An unquoted one gets double quotes only where the new value
 * would not be read as text without them: `1.10` and `12345` are numbers, `on` is a truth value.
 */
export function scalarText(node: ScalarNode, value: string, inJson: boolean): string {
  if (node.style === 'single') return `'${value.replaceAll("'", "''")}'`;
  if (node.style === 'double' || inJson) return doubleQuoted(value);
  const text = isSafePlain(value) ? value : doubleQuoted(value);
  return text;
}

// Image references are printable ASCII, for which JSON and YAML escape alike.
function doubleQuoted(value: string): string {
  return JSON.stringify(value);
}
