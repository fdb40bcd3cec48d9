/** The way from the root of a document to a node, as a chain: cheap to extend, written out only when it is shown. */
export interface NodePath {
  readonly parent: NodePath | undefined;
  /** Key in a map, or index in a list. */
  readonly step: string | number;
}

/** Writes a path as `spec.containers[0].image`; keys that are not plain words as `data["a.b"]`. */
export function formatPath(path: NodePath | undefined): string {
  const steps: string[] = [];
  for (let at = path; at !== undefined; at = at.parent) {
    if (typeof at.step === 'number') steps.push(`[${at.step}]`);
    else if (/^[A-Za-z_$][\w$-]*$/.test(at.step)) steps.push(`.${at.step}`);
    else steps.push(`[${JSON.stringify(at.step)}]`);
  }
  return steps.reverse().join('').replace(/^\./, '');
}
