// What the page needs of each route. `scripts/build-page.ts` puts the table in place of this file, since what it is made of, all commands
// with their arguments and sentences, would be half of what a browser loads before the first view.
import { ROUTES } from '../daemon/contract/routes.ts';
import type { Route } from '../daemon/contract/routes.ts';

/** A route as the page asks it. */
export type PageRoute = Pick<Route, 'id' | 'method' | 'path' | 'role'>;

/** Every route, in the order of the contract. */
export const PAGE_ROUTES: readonly PageRoute[] = ROUTES.map(({ id, method, path, role }) => ({ id, method, path, role }));
