// Programs and groups of a supervisord file, with supervisord's own rules and defaults (compat §4).
import { envNames } from './ini-file.ts';
import { badIniName, iniProgram } from './ini-program.ts';
import { warnUnknown } from './ini-keys.ts';
import { iniText, iniValue, iniValues } from './ini-section.ts';
import { checkSections, filePath, NO_SECTION } from './ini-settings.ts';
import { groupKeys } from './group-schema.ts';
import { laterKeys } from './later-keys.ts';
import { scope } from './expand.ts';
import { didYouMean } from './nearest.ts';
import * as ini from './ini-types.ts';
import type { GroupDecl, ProgramDecl, ReadContext, Settings } from './declared.ts';
import type { GroupValues } from './group-schema.ts';
import type { IniSection, IniUnit } from './ini-file.ts';

/** Sections `kind:NAME` and their names, in the order of the file. */
export function sectionsOf(unit: IniUnit, kind: string): { readonly section: IniSection; readonly name: string }[] {
  const prefix = `${kind}:`;
  return [...unit.sections.values()]
    .filter((section) => section.name.startsWith(prefix))
    .map((section) => ({ section, name: section.name.slice(prefix.length).trim() }));
}

/** childlogdir, or null where it is not written. */
export function childLogDirectory(c: ReadContext, unit: IniUnit): string | null {
  const written = iniText(c, unit, unit.sections.get('supervisord') ?? NO_SECTION, 'childlogdir', envNames(c, {}, scope({ here: unit.here })));
  return written === null ? null : filePath(c, written.text);
}

/** Programs of one INI file and its pieces. `main`: the file is the main one, not a piece that a TOML file includes. */
export function iniPrograms(c: ReadContext, unit: IniUnit, settings: Settings, main: boolean): ProgramDecl[] {
  checkSections(c, unit, !main || c.options.fragment === true, settings.daemon.environment);
  const names = envNames(c, {}, scope({ here: unit.here }));
  const top = unit.sections.get('supervisord') ?? NO_SECTION;
  // A piece under a TOML main file keeps the variables of its own [supervisord]; the rest of that section has no say there.
  const ownEnvironment = main ? {} : (iniValue(c, unit, top, 'environment', ini.environment, names) ?? {});
  if (!main) {
    for (const name of ['supervisord', 'unix_http_server', 'inet_http_server', 'supervisorctl']) {
      const section = unit.sections.get(name);
      if (section !== undefined)
        c.report.warning(
          section.place,
          name,
          name === 'supervisord' ? 'only environment and childlogdir count here: the main file is TOML' : 'ignored: the main file is TOML',
        );
    }
  }
  const mine: Settings = main
    ? settings
    : { ...settings, daemon: { ...settings.daemon, environment: { ...settings.daemon.environment, ...ownEnvironment } } };
  const autoDirectory = childLogDirectory(c, unit) ?? c.port.env['TMPDIR'] ?? '/tmp';
  const stripAnsi = iniValue(c, unit, top, 'strip_ansi', ini.boolean, names) === true;
  // supervisord's order; where two groups have one name, the first one counts.
  return (['program', 'eventlistener', 'fcgi-program'] as const).flatMap((kind) =>
    sectionsOf(unit, kind).map(({ section, name }) =>
      iniProgram({ c, unit, settings: mine, kind, section, name, autoDirectory, stripAnsi }),
    ),
  );
}

/** `programs=` of a group: only programs that exist, each as often as it is written. */
function membersOf(c: ReadContext, unit: IniUnit, section: IniSection, text: string, main: boolean): readonly string[] {
  const place = section.keys.get('programs')?.place ?? section.place;
  const title = `${section.name}.programs`;
  const members: string[] = [];
  for (const name of text === '' ? [] : text.split(',').map((part) => part.trim())) {
    const program = unit.sections.has(`program:${name}`);
    const fcgi = unit.sections.get(`fcgi-program:${name}`);
    if (program && fcgi !== undefined)
      c.report.error(place, title, `[${section.name}] name ${name} is ambiguous (exists as program and fcgi-program)`);
    else if (!program && fcgi === undefined && main) {
      const known = [...unit.sections.keys()].flatMap((one) => /^(?:program|fcgi-program):(.*)$/s.exec(one)?.[1] ?? []);
      const hint = name === '' ? 'is there a comma too many?' : didYouMean(name, known);
      c.report.error(place, title, `[${section.name}] names unknown program or fcgi-program ${name}`, hint);
    } else if (members.includes(name)) c.report.warning(place, title, `"${name}" is listed twice, which changes nothing`);
    else {
      if (fcgi !== undefined)
        c.report.warning(fcgi.place, fcgi.name, `listed in [${section.name}], it has no socket and is a plain program, as in supervisord`);
      members.push(name);
    }
  }
  return members;
}

/** [group:x] of one INI file: supervisord's programs and priority, and reeve's own keys. */
export function iniGroups(c: ReadContext, unit: IniUnit, settings: Settings, main: boolean): GroupDecl[] {
  const names = envNames(c, settings.daemon.environment, scope({ here: unit.here }));
  return sectionsOf(unit, 'group').map(({ section, name }) => {
    const bad = badIniName(name);
    if (bad !== null) c.report.error(section.place, section.name, bad);
    warnUnknown(
      c,
      section,
      'group',
      Object.keys(groupKeys).filter((key) => key !== 'members'),
      laterKeys.groups,
    );
    const values = iniValues(c, unit, section, groupKeys, () => names, ['members']);
    const programs = iniText(c, unit, section, 'programs', names);
    const group: GroupValues = { ...values, members: programs === null ? [] : membersOf(c, unit, section, programs.text, main) };
    return {
      name,
      dialect: 'ini',
      origin: section.place,
      values: group,
      place: (key) => section.keys.get(key === 'members' ? 'programs' : key)?.place ?? section.place,
    };
  });
}
