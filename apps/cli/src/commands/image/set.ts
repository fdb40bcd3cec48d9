import * as Flags from '@oclif/core/flags';
import { argument } from '../../argument.ts';
import { BaseCommand } from '../../base-command.ts';
import { CliError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type EditedFile, editFiles, type FileFailure } from '../../image-files.ts';
import { imageFlags } from '../../image-flags.ts';
import { diffText } from '../../presenters/diff.ts';

export default class ImageSet extends BaseCommand {
  static override summary = 'Set an image in files on this machine.';
  static override description =
    'The last argument is the image. The files are edited in place, or with --check or --diff only looked at; `-` reads stdin and writes the ' +
    'text to stdout. Either every file is edited, or none: a file with an error leaves all as they are.';
  static override usage = 'image set FILE... IMAGE [--container NAME | --all] [--check] [--diff]';
  static override examples = [
    '<%= config.bin %> image set k8s/web.yaml registry.example.com/shop/web:2.1.0',
    '<%= config.bin %> image set k8s/*.yaml 2.1.0 --container web --diff',
    'cat web.yaml | <%= config.bin %> image set - registry.example.com/shop/web:2.1.0 > new.yaml',
  ];
  static override strict = false;
  static override args = {
    FILE: argument({
      required: true,
      description: 'YAML or JSON file, or - for stdin. There may be several.',
    }),
    IMAGE: argument({
      required: true,
      description: 'Image reference, bare tag, or @sha256:… digest.',
    }),
  };
  static override flags = {
    ...imageFlags,
    check: Flags.boolean({
      description: 'Write nothing; exit with 3 when a file would change.',
      default: false,
    }),
    diff: Flags.boolean({
      description: 'Write nothing; show the diff and exit with 3 when there is one.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(ImageSet);
    const words = argv.filter((word) => typeof word === 'string');
    const image = words.at(-1);
    const paths = [...new Set(words.slice(0, -1))];
    if (image === undefined || paths.length === 0) {
      throw new CliError('CLI_USAGE', 'At least one file and the image are needed.');
    }
    if (paths.includes('-') && paths.length > 1) {
      throw new CliError('CLI_USAGE', 'Standard input cannot be edited together with files.');
    }
    const session = this.session(flags);
    const looking = flags.check || flags.diff;
    const edited = await editFiles(paths, {
      image,
      container: flags.container,
      all: flags.all,
      write: !looking,
      workingDirectory: session.workingDirectory,
      signal: session.signal,
    });
    throwFailures(edited.failures);
    const changed = edited.files.filter((file) => file.changes.length > 0);
    const stdin = edited.files.find((file) => file.path === '-');
    const data = {
      success: true,
      image,
      changed: changed.length > 0,
      written: !looking && stdin === undefined,
      files: edited.files.map(({ path, changes, diff, text }) => ({
        path,
        changed: changes.length > 0,
        changes,
        diff,
        ...(path === '-' && !looking ? { text } : {}),
      })),
    };
    session.result(data, (paint) => {
      if (flags.diff) return diffText(changed.map((file) => file.diff).join(''), paint);
      if (stdin !== undefined && !looking) return stdin.text;
      return edited.files.map((file) => describe(file, looking)).join('\n');
    });
    if (looking && changed.length > 0) process.exitCode = exitCodes.differences;
  }
}

function describe(file: EditedFile, looking: boolean): string {
  if (file.changes.length === 0) return `${file.path}: has the image already`;
  const lines = file.changes.map(
    ({ line, before, after }) => `  line ${line}: ${before} → ${after}`,
  );
  return [`${file.path}: ${looking ? 'would change' : 'changed'}`, ...lines].join('\n');
}

function throwFailures(failures: readonly FileFailure[]): void {
  const [first, ...others] = failures;
  if (first === undefined) return;
  // One reason for all of them, such as an image that is none, is said once.
  if (others.every(({ error }) => error.message === first.error.message)) throw first.error;
  throw new CliError(
    'CLI_FILE',
    `${failures.length} files cannot be edited, so none was changed.`,
    {
      hint: 'Correct these files, or leave them out.',
      cause: first.error,
      details: { files: failures.map(({ path, error }) => ({ path, message: error.message })) },
    },
  );
}
