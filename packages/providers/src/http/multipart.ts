import { randomBytes } from 'node:crypto';

/** One part of a `multipart/form-data` body (RFC 7578). */
export interface FormPart {
  readonly name: string;
  /** Present for a file. */
  readonly filename?: string | undefined;
  /** Written after the file name as it stands, such as `x-attributes:"executable"`. */
  readonly parameters?: readonly string[] | undefined;
  readonly content: Uint8Array;
}

/**
 * Builds a `multipart/form-data` body.
 *
 * Names are UTF-8, and `"`, CR and LF in them are percent-encoded as browsers do (WHATWG HTML, "multipart/form-data encoding
 * algorithm"). The boundary is random and long enough that no content holds it.
 */
export function multipartBody(parts: readonly FormPart[]): {
  readonly type: string;
  readonly bytes: Uint8Array;
} {
  const boundary = `bowline-${randomBytes(24).toString('hex')}`;
  const chunks: Uint8Array[] = [];
  for (const part of parts) {
    const disposition = [
      `form-data; name="${quoted(part.name)}"`,
      ...(part.filename === undefined ? [] : [`filename="${quoted(part.filename)}"`]),
      ...(part.parameters ?? []),
    ].join('; ');
    const type = part.filename === undefined ? '' : 'Content-Type: application/octet-stream\r\n';
    chunks.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: ${disposition}\r\n${type}\r\n`, 'utf8'),
      part.content,
      Buffer.from('\r\n', 'latin1'),
    );
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`, 'latin1'));
  return { type: `multipart/form-data; boundary=${boundary}`, bytes: Buffer.concat(chunks) };
}

function quoted(text: string): string {
  return text.replace(/["\r\n]/g, (character) => encodeURIComponent(character));
}
