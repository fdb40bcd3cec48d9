import type { ImageField, ImageFieldName } from './image-site.ts';

/** A comment that Flux's image automation follows: `# {"$imagepolicy": "namespace:policy[:name|:tag|:digest]"}`. */
export interface SetterMarker {
  /** `namespace:policy`. */
  readonly policy: string;
  readonly field: ImageFieldName;
}

export interface MarkedField {
  readonly marker: SetterMarker;
  readonly place: ImageField;
}

const fieldNames: Readonly<Record<string, ImageFieldName>> = {
  name: 'repository',
  tag: 'tag',
  digest: 'digest',
};

/** The text that a document must hold for a marker to be in it. */
export const markerText = '$imagepolicy';

/** Reads the marker in the comment behind a value, on the line where the value ends. */
export function readSetterMarker(text: string, valueEnd: number): SetterMarker | undefined {
  const newline = text.indexOf('\n', valueEnd);
  const rest = text.slice(valueEnd, newline < 0 ? text.length : newline);
  const match =
    /^[ \t]+#.*\{\s*"\$imagepolicy"\s*:\s*"([^":]+:[^":]+)(?::(name|tag|digest))?"\s*\}/.exec(rest);
  if (match === null) return undefined;
  const [, policy = '', part] = match;
  return { policy, field: part === undefined ? 'reference' : (fieldNames[part] ?? 'reference') };
}
