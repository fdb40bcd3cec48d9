/** One part of a form. */
export interface ReceivedPart {
  readonly name: string;
  readonly filename: string | undefined;
  readonly attribute: string | undefined;
  readonly content: Buffer;
}

/** Reads `multipart/form-data`; throws for a body that is not well formed. */
export function parseMultipart(body: Buffer, contentType: string): readonly ReceivedPart[] {
  const boundary = /^multipart\/form-data;\s*boundary="?([^";]+)"?$/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error(`not a form: ${contentType}`);
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: ReceivedPart[] = [];
  let at = body.indexOf(delimiter);
  if (at !== 0) throw new Error('the form does not begin with its boundary');
  for (;;) {
    at += delimiter.length;
    if (body.subarray(at, at + 2).toString() === '--') return parts;
    const headersEnd = body.indexOf('\r\n\r\n', at);
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), delimiter]), headersEnd);
    if (headersEnd < 0 || next < 0) throw new Error('the form is cut off');
    parts.push(
      readPart(body.subarray(at, headersEnd).toString('utf8'), body.subarray(headersEnd + 4, next)),
    );
    at = next + 2;
  }
}

function readPart(headers: string, content: Buffer): ReceivedPart {
  const disposition = /content-disposition:\s*form-data;([^\r\n]*)/i.exec(headers)?.[1] ?? '';
  const parameter = (name: string) => {
    const value = new RegExp(`[; ]${name}="([^"]*)"`).exec(disposition)?.[1];
    return value?.replace(/%(22|0D|0A)/gi, (encoded) => decodeURIComponent(encoded));
  };
  const name = parameter('name');
  if (name === undefined) throw new Error(`a part has no name: ${headers}`);
  return {
    name,
    filename: parameter('filename'),
    attribute: /x-attributes[:=]"([a-z]+)"/.exec(disposition)?.[1],
    content,
  };
}

/** Lists the fields of a form of either kind; a file counts as its name. */
export function formFields(body: Buffer, contentType: string): Readonly<Record<string, string>> {
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
  }
  return Object.fromEntries(
    parseMultipart(body, contentType).map(({ name, filename, content }) => [
      name,
      filename ?? content.toString('utf8'),
    ]),
  );
}
