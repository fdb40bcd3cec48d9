import { createInterface } from 'node:readline/promises';
import { toError } from '@bowline/gitops-errors';
import { CliError } from './errors.ts';
import type { Session } from './session.ts';

interface Question {
  readonly question: string;
  readonly value: string | undefined;
}

/**
 * Asks a person for the arguments that are missing. Never with `--json` and never without a terminal.
 *
 * @throws CliError `CLI_USAGE` naming all that is missing, when nobody can be asked.
 */
export async function askMissing<Name extends string>(
  session: Session,
  questions: Readonly<Record<Name, Question>>,
): Promise<Record<Name, string>> {
  const names = Object.keys(questions) as Name[];
  const missing = names.filter((name) => isEmpty(questions[name].value));
  const answers = Object.fromEntries(
    names.map((name) => [name, questions[name].value ?? '']),
  ) as Record<Name, string>;
  if (missing.length === 0) return answers;
  if (session.json || !session.terminal.interactive) {
    throw missingArguments(missing);
  }
  // Questions go to stderr: stdout carries the result alone.
  const terminal = createInterface({ input: process.stdin, output: session.terminal.stderr });
  // readline takes Ctrl-C for itself; here it means what it means everywhere.
  terminal.once('SIGINT', () => process.emit('SIGINT'));
  try {
    for (const name of missing) {
      while (isEmpty(answers[name])) {
        const answer = await terminal.question(`${questions[name].question}: `, {
          signal: session.signal,
        });
        answers[name] = answer.trim();
      }
    }
  } catch (error) {
    // Ctrl-D: the person does not answer.
    if (toError(error).name === 'AbortError' && !session.signal.aborted) {
      session.terminal.stderr.write('\n');
      throw missingArguments(missing.filter((name) => isEmpty(answers[name])));
    }
    throw error;
  } finally {
    terminal.close();
  }
  return answers;
}

function missingArguments(names: readonly string[]): CliError {
  const are = names.length === 1 ? 'An argument is' : 'Arguments are';
  return new CliError(
    'CLI_USAGE',
    `${are} missing: ${names.map((name) => name.toUpperCase()).join(', ')}.`,
  );
}

function isEmpty(value: string | undefined): boolean {
  return value === undefined || value.trim() === '';
}
