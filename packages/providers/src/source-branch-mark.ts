import { markerLine } from './comment-marker.ts';

const mark = markerLine('delete-source-branch');

/** The description of a pull request as people wrote it, and what was asked for with it. */
export interface MarkedDescription {
  readonly description: string;
  readonly deleteSourceBranch: boolean;
}

/**
 * Writes into a description that the source branch goes with the merge, for a forge that keeps no such setting per pull request.
 *
 * The mark is a line that no forge shows; whoever edits the description in the browser sees it and may take it out.
 */
export function writeSourceBranchMark(input: MarkedDescription): string {
  const { description, deleteSourceBranch } = input;
  if (!deleteSourceBranch) return description;
  return description === '' ? mark : `${description}\n\n${mark}`;
}

/** Reads what {@link writeSourceBranchMark} wrote. */
export function readSourceBranchMark(text: string): MarkedDescription {
  const lines = text.split(/(?<=\n)/);
  const kept = lines.filter((line) => line.trim() !== mark);
  if (kept.length === lines.length) return { description: text, deleteSourceBranch: false };
  // What was written between the two, also where the forge writes line ends of its own; one more end belongs to the description.
  const description = kept.join('').replace(/(?:\r\n\r\n|\n\n|\r?\n)$/, '');
  return { description, deleteSourceBranch: true };
}
