import type { DiffAnswer } from './schemas.ts';

/**
 * Puts a unified diff together from the pieces that GitLab answers with: it gives the hunks, Git's headers are missing.
 *
 * A file whose hunks GitLab leaves out has a line that says so.
 */
export function unifiedPatch(answers: readonly DiffAnswer[]): string {
  return answers.map(filePatch).join('');
}

function filePatch(answer: DiffAnswer): string {
  const { old_path, new_path, a_mode, b_mode, new_file, deleted_file, renamed_file } = answer;
  const [before, after] = [quoted(`a/${old_path}`), quoted(`b/${new_path}`)];
  const lines = [`diff --git ${before} ${after}`];
  if (new_file === true) lines.push(`new file mode ${b_mode ?? '100644'}`);
  else if (deleted_file === true) lines.push(`deleted file mode ${a_mode ?? '100644'}`);
  else if (a_mode && b_mode && a_mode !== b_mode)
    lines.push(`old mode ${a_mode}`, `new mode ${b_mode}`);
  if (renamed_file === true && old_path !== new_path) {
    lines.push(`rename from ${quoted(old_path)}`, `rename to ${quoted(new_path)}`);
  }
  const hunks = answer.diff ?? '';
  if (answer.too_large === true || (answer.collapsed === true && hunks === '')) {
    lines.push('GitLab does not show the changes of this file: they are too large.');
  } else if (hunks.startsWith('@@')) {
    lines.push(`--- ${new_file === true ? '/dev/null' : before}`);
    lines.push(`+++ ${deleted_file === true ? '/dev/null' : after}`);
    lines.push(hunks.replace(/\n$/, ''));
  } else if (hunks !== '') {
    // "Binary files … differ", or headers of its own.
    lines.push(hunks.replace(/\n$/, ''));
  }
  return `${lines.join('\n')}\n`;
}

/** Quotes a path as Git does with `core.quotePath=false`, where it has characters that a header cannot hold. */
function quoted(path: string): string {
  if (!/["\\\p{Cc}]/u.test(path)) return path;
  const escaped = path
    .replace(/["\\]/g, '\\$&')
    .replace(/\p{Cc}/gu, (character) =>
      [...Buffer.from(character, 'utf8')]
        .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
        .join(''),
    );
  return `"${escaped}"`;
}
