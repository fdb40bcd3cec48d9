import type { EventTone } from '../describe-event.ts';

/** Colours of the kinds of change, six hex digits each. The first three are the colours that readers of ngen-gitops know. */
export const toneColours: Readonly<Record<EventTone, string>> = {
  done: '28A745',
  changed: '0078D4',
  proposed: '6F42C1',
  noted: '6E7781',
  failed: 'D73A49',
};

/** Marks of the kinds of change, for services that have no colour for a message. */
export const toneMarks: Readonly<Record<EventTone, string>> = {
  done: '✅',
  changed: '🔵',
  proposed: '🟣',
  noted: '🔘',
  failed: '❌',
};
