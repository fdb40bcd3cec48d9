/**
 * Takes the meaning from what Teams would act on: mentions (`<at>`) and date functions (`{{DATE(…)}}`). Looks nearly the same to a reader.
 */
export function inert(text: string): string {
  return text.replace(/<(?=\s*\/?\s*at\b)/gi, '‹').replace(/\{(?=\{)/g, '{ ');
}
