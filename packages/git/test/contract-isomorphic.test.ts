import { isomorphicEngine } from '@bowline/gitops-git/isomorphic';
import { clock, describeEngine } from './describe-engine.ts';

describeEngine('isomorphic', () => isomorphicEngine({ clock }));
