import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multipartBody } from './multipart.ts';

const read = async (body: { readonly type: string; readonly bytes: Uint8Array }) =>
  new Response(Buffer.from(body.bytes), { headers: { 'content-type': body.type } }).formData();

describe('multipartBody', () => {
  it('is read back byte for byte by the parser of the platform', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => /^[^\p{Cc}%"\\]+$/u.test(text));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, fc.uint8Array()), { selector: ([key]) => key, maxLength: 5 }),
        fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text)),
        async (files, message) => {
          const parts = files.map(([key, content]) => ({
            name: `/${key}`,
            filename: key,
            content,
          }));
          const form = await read(
            multipartBody([{ name: 'message', content: Buffer.from(message, 'utf8') }, ...parts]),
          );
          expect(form.get('message')).toBe(Buffer.from(message, 'utf8').toString('utf8'));
          for (const [key, content] of files) {
            const file = form.get(`/${key}`);
            expect(file).toBeInstanceOf(File);
            if (file instanceof File)
              expect(new Uint8Array(await file.arrayBuffer())).toEqual(content);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('escapes what would end a name, and keeps a name out of the headers', () => {
    const { bytes } = multipartBody([
      { name: 'a"\r\nX-Evil: 1', filename: '"', content: Buffer.from('x') },
    ]);
    const text = Buffer.from(bytes).toString();
    expect(text).toContain('name="a%22%0D%0AX-Evil: 1"; filename="%22"');
    expect(text).not.toContain('\r\nX-Evil');
  });

  it('has another boundary each time', () => {
    expect(multipartBody([]).type).not.toBe(multipartBody([]).type);
  });
});
