// Commands of reevectl without --json, and why. All others have it.
import type { CommandName } from './commands.ts';

export const WITHOUT_JSON: Readonly<Partial<Record<CommandName, string>>> = {
  fg: 'it shows a program to a person, and gives it what is typed',
  completion: 'it prints a script for a shell',
  import: 'it prints TOML',
  heartbeat: 'it tells the daemon something and is answered nothing',
  progress: 'it tells the daemon something and is answered nothing',
  result: 'it tells the daemon something and is answered nothing',
  ready: 'it tells the daemon something and is answered nothing',
  say: 'it tells the daemon something and is answered nothing',
};
