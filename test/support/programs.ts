// Which reeved and reevectl do tests start? The bundles where `npm test` has just built them (they start six times as fast, and are
// what users run); the sources where a test file is run by hand.
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const BUILT = process.env['REEVE_TEST_BUILT'] === '1';

export const REEVED = join(ROOT, BUILT ? 'dist/reeved.mjs' : 'daemon/main.ts');
export const REEVECTL = join(ROOT, BUILT ? 'dist/reevectl.mjs' : 'ctl/main.ts');
